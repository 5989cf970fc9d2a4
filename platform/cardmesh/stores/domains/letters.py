"""Letters to a store's owners about a domain that is in danger, or lost."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...identity.models import Membership, Party, Person
from ...kit import runtime, tenancy
from ...kit.db import transaction
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...kit.jobs import outbox
from ...kit.mail import door
from ..notices import render
from ..notices.words import Words
from ..queries import get_store
from . import queries
from .models import Domain
from .rules import readable
from .words import ENDINGS

VIEW = Text("查看域名", "View the domain")
FAILING = Words(
    Text("域名 {host} 即将停止服务", "{host} is about to stop serving"),
    Text("域名验证记录消失了", "The proof of your domain is gone"),
    Text(
        "{host} 的 TXT 验证记录已找不到。请在 72 小时内恢复，否则该域名将停止为“{store}”服务。",
        "The TXT record of {host} cannot be found. Put it back within 72 hours, or it stops serving {store}.",
    ),
    VIEW,
)
LOST = Words(
    Text("域名 {host} 已停止服务", "{host} has stopped serving"),
    Text("域名已停止服务", "Your domain has stopped serving"),
    Text("{host} 不再为“{store}”服务。原因：{why}。", "{host} serves {store} no more. Why: {why}."),
    VIEW,
)


def promise(session: Session, domain: Domain) -> None:
    """A letter to each owner, about how the domain stands when it is written."""
    owner = (Membership.party == Party.DISTRIBUTOR, Membership.party_id == domain.tenant_id, Membership.role == "owner")
    for person_id in session.scalars(select(Membership.person_id).where(*owner)):
        outbox.send(
            session,
            "mail.domain",
            tenant_id=domain.tenant_id,
            dedupe_key=f"mail.domain:{domain.id}:{person_id}",
            domain_id=domain.id,
            person_id=person_id,
        )


def send(*, tenant_id: uuid.UUID, domain_id: uuid.UUID, person_id: uuid.UUID) -> None:
    """Nothing when the proof is back or the owner gave it up. Raises NotFound, MailUnavailable, MailRefused."""
    settings = runtime.current().settings
    with transaction(tenancy.tenant(tenant_id)) as session:
        domain = queries.get_domain(session, tenant_id=tenant_id, domain_id=domain_id)
        person = session.get(Person, person_id)
        lost = domain.ended_because in ("proof_gone", "moved")
        if person is None or not (lost or (domain.failing_since and domain.ended_at is None)):
            return
        store = get_store(session, store_id=domain.store_id)
    why = ENDINGS[domain.ended_because].render(person.locale) if lost and domain.ended_because else ""
    letter = render.letter(
        LOST if lost else FAILING,
        to=person.email,
        key=f"domain:{domain.id}:{person.id}:{domain.ended_because or domain.failing_since}",
        locale=person.locale,
        params={"host": readable(domain.host), "store": store.name, "why": why},
        facts={"sender": "Cardmesh", "url": f"{settings.public_url}/distributor/domains/{public_id('dom', domain.id)}"},
    )
    door.send(letter, settings)
