"""Letters to buyers, to people about their accounts, and to owners of domains in danger."""

from collections.abc import Callable
from uuid import UUID

from cardmesh.kit.jobs.run import Job
from cardmesh.stores.domains import letters
from cardmesh.stores.notices import accounts, parties, terms
from cardmesh.stores.notices import service as notices
from cardmesh.stores.notices.words import ORDER


def _about_order(kind: str) -> Callable[..., None]:
    """The job that sends one kind of letter about an order."""

    def send(*, tenant_id: UUID, order_id: str) -> None:
        notices.send_order_letter(kind, tenant_id=tenant_id, order_id=UUID(order_id))

    return send


def _about_person(send: Callable[..., None]) -> Callable[..., None]:
    """The job that sends one kind of letter to a person."""

    def run(*, person_id: str) -> None:
        send(person_id=UUID(person_id))

    return run


def confirm_sign_up(*, sign_up_id: str) -> None:
    """The link that ends a sign-up."""
    accounts.send_sign_up(sign_up_id=UUID(sign_up_id))


def about_domain(*, tenant_id: UUID, domain_id: str, person_id: str) -> None:
    """A domain whose proof is gone, or that is lost."""
    letters.send(tenant_id=tenant_id, domain_id=UUID(domain_id), person_id=UUID(person_id))


def about_tier(*, tenant_id: UUID, person_id: str, news: str, tier: str) -> None:
    """A distributor's tier has changed, or is about to."""
    terms.send_tier(tenant_id=tenant_id, person_id=UUID(person_id), news=news, tier=tier)


def about_rule(*, rule_id: str, person_id: str, party: str) -> None:
    """A commission rule that comes, or ends."""
    terms.send_rule(rule_id=UUID(rule_id), person_id=UUID(person_id), party=party)


def about_admission(*, supplier_id: str, person_id: str) -> None:
    """The platform's decision about a supplier who signed up."""
    parties.send_admission(supplier_id=UUID(supplier_id), person_id=UUID(person_id))


def about_document(*, document_id: str, person_id: str, occasion: str) -> None:
    """What became of a paper, or that it is due again."""
    parties.send_document(document_id=UUID(document_id), person_id=UUID(person_id), occasion=occasion)


def to_former_address(*, former_id: str) -> None:
    """Word to the address that was left."""
    parties.send_moved(former_id=UUID(former_id))


JOBS = {
    "mail.rule": Job(about_rule, limit_seconds=120),
    "mail.tier": Job(about_tier, limit_seconds=120),
    "mail.admission": Job(about_admission, limit_seconds=120),
    "mail.document": Job(about_document, limit_seconds=120),
    "mail.moved": Job(to_former_address, limit_seconds=120),
    "mail.domain": Job(about_domain, limit_seconds=120),
    "mail.invitation": Job(_about_person(accounts.send_invitation), limit_seconds=120),
    "mail.joined": Job(_about_person(accounts.send_joined), limit_seconds=120),
    "mail.reset": Job(_about_person(accounts.send_reset), limit_seconds=120),
    "mail.email_change": Job(_about_person(accounts.send_email_change), limit_seconds=120),
    "mail.sign_up": Job(confirm_sign_up, limit_seconds=120),
    **{f"mail.{kind}": Job(_about_order(kind), limit_seconds=120) for kind in ORDER},
}
