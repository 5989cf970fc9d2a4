"""Commission rules: never edited, only superseded; try one on the last 30 days before it is switched on."""

import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Literal

from flask.typing import ResponseReturnValue
from pydantic import Field
from sqlalchemy.orm import Session

from ....identity.models import Party
from ....insight.sales import sale_facts
from ....kit import clock
from ....kit.clock import rfc3339
from ....kit.db import transaction
from ....kit.ids import parse_id, public_id
from ....money.commission import announce
from ....money.commission import service as commission
from ....money.commission.drafts import Proposal
from ....money.models import CommissionRule, RuleBasis
from ...common.idempotent import once
from ...common.lists import ListOf
from ...common.principal import caller, requires
from ...common.schema import CurrencyCode, Moment, Paging, Rate, Shape
from ..me import PARTY_PREFIX
from . import blueprint
from .lists import all_of

Id = Annotated[str, Field(max_length=40)]
TRIED = timedelta(days=30)


Sum = Annotated[int, Field(ge=0, le=10**12)]


class StepShape(Shape):
    """The rate from a volume on: what the supplier sold in thirty days, at cost, in minor units of `currency`."""

    volume: Annotated[int, Field(gt=0, le=10**15)]
    rate: Rate


class RuleDraft(Shape):
    """`basis` cost or retail: `rate` of it is the commission, `fee_rate` of retail the service fee. `share`: three
    shares of retail that add up to 1. Narrowed by at most one of sku, product, category, and by supplier and tenant.

    `min` and `cap` bound the commission of a unit, `steps` lower the rate by volume; they need a `currency`, which the
    rule is then for alone."""

    basis: Literal["cost", "retail", "share"]
    rate: Rate | None = None
    fee_rate: Rate | None = None
    supplier_share: Rate | None = None
    platform_share: Rate | None = None
    distributor_share: Rate | None = None
    sku: Id | None = None
    product: Id | None = None
    category: Id | None = None
    supplier: Id | None = None
    tenant: Id | None = None
    currency: CurrencyCode | None = None
    min: Sum | None = None
    cap: Sum | None = None
    steps: Annotated[list[StepShape], Field(max_length=10)] = Field(default_factory=list)

    def proposal(self) -> Proposal:
        """The draft in the words of the money slice. Raises NotFound for what is not an id."""
        made = Proposal(basis=RuleBasis(self.basis))
        for name in ("rate", "fee_rate", "supplier_share", "platform_share", "distributor_share"):
            if (rate := getattr(self, name)) is not None:
                made[name] = Decimal(rate)
        made |= Proposal(basis=made["basis"], currency=self.currency, min_minor=self.min, cap_minor=self.cap)
        made["steps"] = [(step.volume, Decimal(step.rate)) for step in self.steps]
        for name, prefix in _PREFIXES.items():
            if (text := getattr(self, name)) is not None:
                made[f"{name}_id"] = parse_id(prefix, text)
        return made


_PREFIXES = {"sku": "sku", "product": "prd", "category": "cat", "supplier": "sup", "tenant": "ten"}


class RuleIn(RuleDraft):
    effective_from: Moment | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class RuleOut(Shape):
    object: Literal["commission_rule"] = "commission_rule"
    id: str
    basis: str
    rate: str
    fee_rate: str
    supplier_share: str | None
    platform_share: str | None
    distributor_share: str | None
    sku: str | None
    product: str | None
    category: str | None
    supplier: str | None
    tenant: str | None
    currency: str | None
    min: int | None
    cap: int | None
    steps: list[StepShape]
    effective_from: str
    ends_at: str | None
    note: str


class RuleList(ListOf[RuleOut]):
    pass


class PartyChangeOut(Shape):
    party: str
    party_id: str
    currency: str
    before: int
    after: int
    change: int


class SimulationOut(Shape):
    """`blocked` units would not have been sold: the loss guard stops them."""

    object: Literal["commission_simulation"] = "commission_simulation"
    units: int
    affected: int
    blocked: int
    changes: list[PartyChangeOut]


@blueprint.get("/commission-rules")
@blueprint.input(Paging, location="query")
@blueprint.output(RuleList)
@requires(Party.PLATFORM, "platform:read")
def list_rules(query_data: Paging) -> ResponseReturnValue:
    """Every rule there ever was, newest first."""
    return all_of(CommissionRule, "rul", query_data, _shape)


@blueprint.post("/commission-rules")
@blueprint.input(RuleIn)
@blueprint.output(RuleOut, status_code=201)
@requires(Party.PLATFORM, "platform:write")
def create_rule(json_data: RuleIn) -> ResponseReturnValue:
    """Announce a rule; from its effective date on it supersedes older ones for the same goods and parties.

    That is in seven days at the earliest, and then when none is given; those concerned get a letter at once."""

    def effect(session: Session) -> RuleOut:
        row = announce.announce(
            session, effective_from=json_data.effective_from, note=json_data.note, **json_data.proposal()
        )
        return _shape(row)

    principal = caller()
    return once(principal.scope(), principal.party_id, effect, key_required=False)


@blueprint.post("/commission-rules/simulate")
@blueprint.input(RuleDraft)
@blueprint.output(SimulationOut)
@requires(Party.PLATFORM, "platform:read")
def simulate(json_data: RuleDraft) -> SimulationOut:
    """What the rule would have changed for each party on the sales of the last 30 days. Changes nothing."""
    with transaction(caller().scope()) as session:
        now = clock.now()
        result = commission.simulate(
            commission.propose(**json_data.proposal()),
            book=commission.load_rules(session, now),
            sales=sale_facts(session, since=now - TRIED),
        )
    return SimulationOut(
        units=result.units,
        affected=result.affected,
        blocked=result.blocked,
        changes=[
            PartyChangeOut(
                party=change.party,
                party_id=public_id(PARTY_PREFIX[change.party], change.party_id),
                currency=change.currency,
                before=change.before_minor,
                after=change.after_minor,
                change=change.change_minor,
            )
            for change in result.changes
        ],
    )


def _id(prefix: str, value: uuid.UUID | None) -> str | None:
    return public_id(prefix, value) if value else None


def _rate(value: Decimal | None) -> str | None:
    return None if value is None else format(value, "f")


def _shape(row: CommissionRule) -> RuleOut:
    return RuleOut(
        id=public_id("rul", row.id),
        basis=row.basis,
        rate=_rate(row.rate or Decimal(0)) or "0",
        fee_rate=_rate(row.fee_rate or Decimal(0)) or "0",
        supplier_share=_rate(row.supplier_share),
        platform_share=_rate(row.platform_share),
        distributor_share=_rate(row.distributor_share),
        sku=_id("sku", row.sku_id),
        product=_id("prd", row.product_id),
        category=_id("cat", row.category_id),
        supplier=_id("sup", row.supplier_id),
        tenant=_id("ten", row.tenant_id),
        currency=row.currency,
        min=row.min_minor,
        cap=row.cap_minor,
        steps=[StepShape(volume=volume, rate=rate) for volume, rate in row.steps or ()],
        effective_from=rfc3339(row.effective_from),
        ends_at=rfc3339(row.ends_at) if row.ends_at else None,
        note=row.note or "",
    )
