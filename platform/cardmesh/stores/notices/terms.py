"""Letters to the people of a party about its terms: its tier, and commission rules that come or end."""

import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog.scope_names import scope_names
from ...identity.models import Membership, Party, Person, Tenant
from ...identity.tenants.service import get_tenant
from ...kit import runtime, tenancy
from ...kit.days import ZONE, day_of
from ...kit.db import transaction
from ...kit.i18n import Text
from ...kit.mail import door
from ...money.commission.explain import explain
from ...money.commission.rules import Rule
from ...money.models import CommissionRule
from ...trade.tiers.rules import News
from . import render
from .words import Words

SEE_TIER = Text("查看等级", "See your tier")
TIERS = {
    News.PROMOTED: Words(
        Text("恭喜升级为 {tier} · Cardmesh", "You are {tier} now · Cardmesh"),
        Text("您已升级为 {tier}", "You have reached {tier}"),
        Text(
            "近 30 天的销售额达到了 {tier} 的门槛，新的进货价立即生效。",
            "Your sales of 30 days reached {tier}; its prices are yours at once.",
        ),
        SEE_TIER,
    ),
    News.FALLING: Words(
        Text("您的 {tier} 等级将于 {day} 到期 · Cardmesh", "Your tier {tier} ends on {day} · Cardmesh"),
        Text("请留意：销售额低于 {tier} 的门槛", "Your sales are below {tier}"),
        Text(
            "近 30 天的销售额低于 {tier} 的门槛。{day} 前恢复即可保住等级。",
            "Your sales of 30 days are below {tier}. Reach it again by {day}, and you keep it.",
        ),
        SEE_TIER,
    ),
    News.SAVED: Words(
        Text("您保住了 {tier} 等级 · Cardmesh", "You keep {tier} · Cardmesh"),
        Text("{tier} 等级已保住", "You keep {tier}"),
        Text("近 30 天的销售额已回到门槛之上。", "Your sales of 30 days are above its threshold again."),
        SEE_TIER,
    ),
    News.DEMOTED: Words(
        Text("您的等级调整为 {tier} · Cardmesh", "Your tier is {tier} now · Cardmesh"),
        Text("等级调整为 {tier}", "Your tier is {tier} now"),
        Text(
            "宽限期已过，近 30 天的销售额仍低于原等级的门槛。达到门槛后会立即恢复。",
            "The grace is over and your sales are still below your former tier. Reach it and you have it back.",
        ),
        SEE_TIER,
    ),
}
RULE = Words(
    Text("佣金规则将于 {day} 变更 · Cardmesh", "Commission changes on {day} · Cardmesh"),
    Text("佣金规则将变更", "A commission rule changes"),
    Text("从 {day} 起：{rule}。", "From {day} on: {rule}."),
    Text("查看规则", "See the rules"),
)
RULE_ENDS = Words(
    Text("佣金规则将于 {day} 终止 · Cardmesh", "A commission rule ends on {day} · Cardmesh"),
    Text("佣金规则将终止", "A commission rule ends"),
    Text("到 {day} 为止：{rule}。", "Until {day}: {rule}."),
    Text("查看规则", "See the rules"),
)


def send_tier(*, tenant_id: uuid.UUID, person_id: uuid.UUID, news: str, tier: str) -> None:
    """Nothing when it is not so any more, or the person has left. Raises NotFound, MailUnavailable, MailRefused."""
    with transaction(tenancy.platform()) as session:
        tenant, person = get_tenant(session, tenant_id), _member(session, tenant_id, person_id)
        until = tenant.tier_grace_until
        if person is None or not _still(tenant, News(news), tier):
            return
        occasion = until.isoformat() if until else tier
    _send(
        TIERS[News(news)],
        person,
        key=f"tier:{tenant_id}:{person_id}:{news}:{occasion}",
        params={"tier": tier, "day": day_of(until).isoformat() if until else ""},
        path="distributor/tier",
    )


def _member(session: Session, tenant_id: uuid.UUID, person_id: uuid.UUID) -> Person | None:
    team = (Membership.party == Party.DISTRIBUTOR, Membership.party_id == tenant_id)
    query = select(Person).join(Membership, Membership.person_id == Person.id)
    return session.scalars(query.where(Person.id == person_id, *team)).one_or_none()


def _still(tenant: Tenant, news: News, tier: str) -> bool:
    return tenant.tier == tier and (tenant.tier_grace_until is not None) == (news is News.FALLING)


def send_rule(*, rule_id: uuid.UUID, person_id: uuid.UUID, party: str) -> None:
    """Raises MailUnavailable, MailRefused."""
    with transaction(tenancy.platform()) as session:
        row, person = session.get(CommissionRule, rule_id), session.get(Person, person_id)
        if row is None or person is None:
            return
        rule, ends, begins = Rule.from_row(row), row.ends_at, row.effective_from
        words = explain(rule, scope_names(session, [rule]))
    day = f"{(ends or begins).astimezone(ZONE):%Y-%m-%d %H:%M} ({ZONE})"
    _send(
        RULE_ENDS if ends else RULE,
        person,
        key=f"rule:{rule_id}:{person_id}:{day}",
        params={"day": day, "rule": words.render(person.locale)},
        path=f"{party}/terms",
    )


def _send(words: Words, person: Person, *, key: str, params: dict[str, object], path: str) -> None:
    settings = runtime.current().settings
    letter = render.letter(
        words,
        to=person.email,
        key=key,
        locale=person.locale,
        params=params,
        facts={"sender": "Cardmesh", "url": f"{settings.public_url}/{path}"},
    )
    door.send(letter, settings)
