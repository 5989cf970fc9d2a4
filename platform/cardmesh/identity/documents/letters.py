"""Letters about papers, promised to each owner of the party. What they say is written in `stores.notices`."""

from sqlalchemy.orm import Session

from ...kit.jobs import outbox
from ..staff.owners import owners_of
from .models import IdentityDocument

EXPIRING = "expiring"


def promise(session: Session, row: IdentityDocument, occasion: str) -> None:
    """`occasion`: the state the paper has come to, or EXPIRING."""
    for person_id in owners_of(session, party=row.party, party_id=row.party_id):
        outbox.send(
            session,
            "mail.document",
            document_id=row.id,
            person_id=person_id,
            occasion=occasion,
            dedupe_key=f"mail.document:{row.id}:{person_id}:{occasion}",
        )
