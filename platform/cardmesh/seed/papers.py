"""The papers of the demo's merchants, sent and approved, so that they may withdraw."""

import uuid

from ..identity.documents import service as documents
from ..identity.documents.models import DocumentKind, DocumentStatus
from ..identity.documents.service import Facts
from ..identity.models import Party
from ..kit import tenancy
from ..kit.db import transaction
from .operator import SEEDER

LICENCE = b"%PDF-1.4\n% a licence of the demo world\n%%EOF\n"


def prove(party: Party, party_id: uuid.UUID, name: str) -> None:
    """Once: a merchant who has sent a paper has theirs."""
    scope = tenancy.supplier if party == Party.SUPPLIER else tenancy.tenant
    with transaction(scope(party_id, SEEDER)) as session:
        if documents.list_documents(session, party_id=party_id):
            return
    row = documents.add(
        scope(party_id, SEEDER),
        party=party,
        party_id=party_id,
        kind=DocumentKind.BUSINESS_LICENCE,
        facts=Facts(name, "DEMO-000000", None),
        body=LICENCE,
    )
    with transaction(tenancy.platform(SEEDER)) as session:
        documents.review(session, document_id=row.id, decision=DocumentStatus.APPROVED)
