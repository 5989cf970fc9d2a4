"""The price rule of a listing as a form: a fixed price, a markup on cost, or the store's rules; bulk discounts."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from ...goods.listings.service import Markup
from ...goods.models import Listing
from ...kit.ids import parse_id, public_id
from ...kit.money import Money, to_major
from ..common import forms

RULES = ("markup", "retail", "rules")
STEPS = 3
"""Steps of a bulk discount that the form has."""
START = {"rule": "markup", "percent": "10", "fixed": "", "round_to": "", "floor": "", "retail": "", "supplier": ""} | {
    f"bulk_{name}_{place}": "" for place in range(STEPS) for name in ("from", "off")
}
"""What a form of a new listing begins with."""


class Terms(NamedTuple):
    """Exactly one of the three, as the listing verbs want it."""

    retail: Money | None
    markup: Markup | None
    by_rules: bool = False


def read(form: Mapping[str, str], currency: str) -> Terms:
    """Raises ValidationFailed naming the field."""
    rule = forms.choice(form, "rule", RULES, "markup")
    if rule == "retail":
        return Terms(forms.money(form, "retail", currency), None)
    if rule == "rules":
        return Terms(None, None, True)
    return Terms(None, read_markup(form, currency))


def read_markup(form: Mapping[str, str], currency: str) -> Markup:
    """Empty fields are the rule's idle values. Raises ValidationFailed."""
    return Markup(
        forms.decimal(form, "percent", least="-100", default="0"),
        _minor(form, "fixed", currency, positive=False),
        _minor(form, "round_to", currency) or 1,
        _minor(form, "floor", currency, positive=False),
    )


def read_bulk(form: Mapping[str, str]) -> list[tuple[int, Decimal]]:
    """The steps that are filled in. Raises ValidationFailed naming the field."""
    filled = [place for place in range(STEPS) if form.get(f"bulk_from_{place}", "").strip()]
    return [
        (
            forms.whole(form, f"bulk_from_{place}", least=2, most=1000),
            forms.decimal(form, f"bulk_off_{place}", most="99.9999"),
        )
        for place in filled
    ]


def _minor(form: Mapping[str, str], name: str, currency: str, *, positive: bool = True) -> int:
    return forms.money(form, name, currency, positive=positive).minor if form.get(name, "").strip() else 0


def supplier_of(form: Mapping[str, str]) -> uuid.UUID | None:
    """The preferred supplier; None for no preference. Raises NotFound."""
    return parse_id("sup", form["supplier"]) if form.get("supplier") else None


def filled(listing: Listing) -> dict[str, str]:
    """A listing's rule as the form shows it."""
    fixed = listing.retail_minor is not None
    shown = START | {
        "rule": "retail" if fixed else "markup" if listing.markup_percent is not None else "rules",
        "supplier": public_id("sup", listing.supplier_id) if listing.supplier_id else "",
    }
    for place, (count, percent) in enumerate(listing.bulk_steps[:STEPS]):
        shown |= {f"bulk_from_{place}": str(count), f"bulk_off_{place}": str(percent)}
    if shown["rule"] == "rules":
        return shown
    if listing.retail_minor is not None:
        return shown | {"retail": str(to_major(listing.retail_minor, listing.currency)), "percent": "10"}
    money = {
        "fixed": listing.markup_fixed_minor,
        "round_to": listing.round_to_minor if listing.round_to_minor > 1 else 0,
        "floor": listing.floor_minor,
    }
    percent = format((listing.markup_percent or Decimal(0)).normalize(), "f")
    amounts = {name: str(to_major(minor, listing.currency)) if minor else "" for name, minor in money.items()}
    return shown | {"percent": percent} | amounts
