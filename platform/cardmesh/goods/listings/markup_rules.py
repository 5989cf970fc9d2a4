"""A store's markup rules: made, tried on what it sells, taken away."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ...identity.audit import service as audit
from ...kit.errors import NotFound, invalid
from ...kit.ids import new_id
from ...kit.money import MAX_MINOR
from .. import changes
from ..models import Category, Listing, ListingStatus, Product, Sku
from ..pricing import markups
from ..pricing.models import MarkupRule
from ..pricing.rules import Margin
from ..pricing.service import terms_of
from . import rules
from .margins import margins
from .rules import Markup

SHOWN = 50
"""Items a trial shows."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a rule is for; all of it may be left out. The band begins at `cost_from_minor`."""

    currency: str
    category_id: uuid.UUID | None = None
    supplier_id: uuid.UUID | None = None
    cost_from_minor: int = 0


@dataclass(frozen=True, slots=True)
class Tried:
    """An item of the store as it sells now, and as it would by the rules that are tried; `follows` them already."""

    listing: Listing
    follows: bool
    name: str
    now: Margin | None
    then: Margin | None


def list_rules(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID) -> Sequence[MarkupRule]:
    query = select(MarkupRule).where(MarkupRule.tenant_id == tenant_id, MarkupRule.store_id == store_id)
    order = MarkupRule.category_id.nulls_last(), MarkupRule.supplier_id.nulls_last(), MarkupRule.cost_from_minor
    return session.scalars(query.order_by(*order)).all()


def draft(*, tenant_id: uuid.UUID, store_id: uuid.UUID, scope: Scope, markup: Markup) -> MarkupRule:
    """A checked rule that is not stored. Raises MarkupInvalid, ValidationFailed."""
    terms = rules.terms(None, markup)
    if not 0 <= scope.cost_from_minor <= MAX_MINOR:
        raise invalid("/cost_from", "cost_from_invalid", "起始进货价无效", "The band begins at a valid amount")
    return MarkupRule(
        tenant_id=tenant_id,
        id=new_id(),
        store_id=store_id,
        currency=scope.currency,
        category_id=scope.category_id,
        supplier_id=scope.supplier_id,
        cost_from_minor=scope.cost_from_minor,
        percent=terms.markup_percent,
        fixed_minor=terms.markup_fixed_minor,
        round_to_minor=terms.round_to_minor,
        floor_minor=terms.floor_minor,
    )


def save(session: Session, rule: MarkupRule) -> None:
    """Store a draft; it takes the place of the one for the same goods. Audited; the store's prices follow."""
    names = (column.name for column in MarkupRule.__table__.columns)
    row = {name: getattr(rule, name) for name in names if name != "created_at"}
    statement = insert(MarkupRule).values(row)
    fresh = {name: statement.excluded[name] for name in ("percent", "fixed_minor", "round_to_minor", "floor_minor")}
    session.execute(statement.on_conflict_do_update(constraint="markup_rules_scope_key", set_=fresh))
    _record(session, rule, "markup_rule.set")


def remove(session: Session, *, tenant_id: uuid.UUID, rule_id: uuid.UUID) -> None:
    """Listings that followed it follow the next rule that fits, or are not sold. Raises NotFound."""
    rule = session.get(MarkupRule, (tenant_id, rule_id))
    if rule is None:
        raise NotFound
    session.execute(delete(MarkupRule).where(MarkupRule.tenant_id == tenant_id, MarkupRule.id == rule_id))
    session.expunge(rule)
    _record(session, rule, "markup_rule.removed")


def try_rule(session: Session, rule: MarkupRule, *, limit: int = SHOWN) -> list[Tried]:
    """What the draft would do to real items of the store, at today's costs; those that follow rules come first."""
    query = (
        select(Listing, Sku.name, Product.name)
        .join(Sku, Sku.id == Listing.sku_id)
        .join(Product, Product.id == Sku.product_id)
        .join(Category, Category.id == Product.category_id)
        .where(
            Listing.tenant_id == rule.tenant_id,
            Listing.store_id == rule.store_id,
            Listing.status == ListingStatus.ACTIVE,
        )
        .order_by(func.num_nonnulls(Listing.retail_minor, Listing.markup_percent), Product.name, Listing.id)
        .limit(limit)
    )
    if rule.category_id:
        query = query.where(Category.id == rule.category_id)
    rows = session.execute(query).all()
    listings = [row[0] for row in rows]
    tried = markups.load(session, tenant_id=rule.tenant_id, store_id=rule.store_id).with_rule(rule)
    now = margins(session, tenant_id=rule.tenant_id, listings=listings)
    then = margins(session, tenant_id=rule.tenant_id, listings=listings, tried=tried)
    return [
        Tried(one, not terms_of(one).own, f"{product} · {sku}", now[one.id], then[one.id]) for one, sku, product in rows
    ]


def of_store(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, currency: str) -> MarkupRule | None:
    """The rule for all goods that no narrower one fits."""
    of = (MarkupRule.tenant_id == tenant_id, MarkupRule.store_id == store_id, MarkupRule.currency == currency)
    whole = (MarkupRule.category_id.is_(None), MarkupRule.supplier_id.is_(None), MarkupRule.cost_from_minor == 0)
    return session.scalar(select(MarkupRule).where(*of, *whole))


def follow(session: Session, *, tenant_id: uuid.UUID, store_id: uuid.UUID, instead_of: Markup) -> int:
    """Listings that carry exactly this markup follow the store's rules from now on; how many. Audited."""
    terms = rules.columns(rules.terms(None, instead_of))
    mine = (Listing.tenant_id == tenant_id, Listing.store_id == store_id)
    same = [getattr(Listing, name) == value for name, value in terms.items() if value is not None]
    idle = rules.columns(rules.terms(None, None, by_rules=True))
    fresh = idle | {"version": Listing.version + 1, "updated_at": func.clock_timestamp()}
    statement = update(Listing).where(*mine, *same).values(fresh).returning(Listing.id)
    changed = session.scalars(statement.execution_options(synchronize_session=False)).all()
    session.expire_all()
    details = {"updated": len(changed), "instead_of": str(instead_of.percent)}
    audit.record(
        session, party_id=tenant_id, action="listing.bulk_set", subject="store", subject_id=store_id, details=details
    )
    changes.note_tenant(session, tenant_id, "listing.bulk_set")
    return len(changed)


def _record(session: Session, rule: MarkupRule, action: str) -> None:
    details = {
        "currency": rule.currency,
        "category": str(rule.category_id or ""),
        "supplier": str(rule.supplier_id or ""),
        "cost_from": rule.cost_from_minor,
        "percent": str(rule.percent),
        "fixed": rule.fixed_minor,
        "round_to": rule.round_to_minor,
        "floor": rule.floor_minor,
    }
    audit.record(
        session,
        party_id=rule.tenant_id,
        action=action,
        subject="store",
        subject_id=rule.store_id,
        details=details,
    )
    changes.note_tenant(session, rule.tenant_id, action)
