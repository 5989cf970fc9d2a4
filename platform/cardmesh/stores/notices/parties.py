"""Letters to the owners of a party: admitted or not, what became of their papers; and to addresses left behind.

Each reads in a transaction, then sends outside it. A letter whose occasion has passed in the meantime is not sent.
"""

import uuid

from ...identity.documents.ageing import has_successor
from ...identity.documents.letters import EXPIRING
from ...identity.documents.models import DocumentKind, DocumentStatus, IdentityDocument
from ...identity.documents.service import find as find_document
from ...identity.models import FormerAddress, Party, PartyStatus, Person, Supplier
from ...kit import runtime, tenancy
from ...kit.days import day_of
from ...kit.db import transaction
from ...kit.mail import door
from ...kit.mail.letter import Letter
from . import render
from .party_words import ADMITTED, KINDS, MOVED, PAPERS, REFUSED
from .words import Words


def send_admission(*, supplier_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """The platform's decision, as it stands; nothing for a supplier who was suspended or waits anew."""
    with transaction(tenancy.platform()) as session:
        supplier, person = session.get(Supplier, supplier_id), session.get(Person, person_id)
        if supplier is None or person is None or supplier.reviewed_at is None or supplier.submitted_at is not None:
            return
        if supplier.status not in (PartyStatus.ACTIVE, PartyStatus.PENDING):
            return
        words = ADMITTED if supplier.status == PartyStatus.ACTIVE else REFUSED
        key = f"admission:{supplier.id}:{person.id}:{supplier.reviewed_at.isoformat()}"
        params: dict[str, object] = {"name": supplier.name, "reason": supplier.review_reason}
        letter = _letter(words, person, key, "supplier/", params)
    _send(letter)


def send_document(*, document_id: uuid.UUID, person_id: uuid.UUID, occasion: str) -> None:
    """About one paper, if it is still so."""
    with transaction(tenancy.platform()) as session:
        row, person = find_document(session, document_id), session.get(Person, person_id)
        if row is None or person is None or not _still(row, occasion):
            return
        if occasion in (EXPIRING, DocumentStatus.EXPIRED) and has_successor(session, row):
            return
        face = "supplier" if row.party == Party.SUPPLIER else "distributor"
        until = day_of(row.recheck_at).isoformat() if row.recheck_at else ""
        kind = KINDS[DocumentKind(row.kind)].render(person.locale)
        params: dict[str, object] = {"kind": kind, "reason": row.review_reason, "until": until}
        key = f"document:{row.id}:{person.id}:{occasion}"
        letter = _letter(PAPERS[occasion], person, key, f"{face}/documents", params)
    _send(letter)


def send_moved(*, former_id: uuid.UUID) -> None:
    """To the address that somebody signed in with until now: the new one is not told in full."""
    with transaction(tenancy.platform()) as session:
        former = session.get(FormerAddress, former_id)
        if former is None:
            return
        person = session.get_one(Person, former.person_id)
        params: dict[str, object] = {"address": _masked(person.email)}
        letter = _letter(MOVED, person, f"moved:{former.id}", "forgot", params, to=former.email)
    _send(letter)


def _still(row: IdentityDocument, occasion: str) -> bool:
    return row.status == (DocumentStatus.APPROVED if occasion == EXPIRING else occasion)


def _masked(email: str) -> str:
    name, _, host = email.partition("@")
    return f"{name[:1]}***@{host}"


def _letter(
    words: Words, person: Person, key: str, path: str, params: dict[str, object], to: str | None = None
) -> Letter:
    facts = {"sender": "Cardmesh", "url": f"{runtime.current().settings.public_url}/{path}"}
    return render.letter(words, to=to or person.email, key=key, locale=person.locale, params=params, facts=facts)


def _send(letter: Letter) -> None:
    door.send(letter, runtime.current().settings)
