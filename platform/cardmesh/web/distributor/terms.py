"""The price rule of a listing as a form: a fixed price, or a markup on cost."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from ...goods.listings.service import Markup
from ...goods.models import Listing
from ...kit.ids import parse_id, public_id
from ...kit.money import Money, to_major
from ..common import forms

RULES = ("markup", "retail")
START = {"rule": "markup", "percent": "10", "fixed": "", "round_to": "", "floor": "", "retail": "", "supplier": ""}
"""What a form of a new listing begins with."""


class Terms(NamedTuple):
    """Exactly one of both, as the listing verbs want it."""

    retail: Money | None
    markup: Markup | None


def read(form: Mapping[str, str], currency: str) -> Terms:
    """Raises ValidationFailed naming the field."""
    if forms.choice(form, "rule", RULES, "markup") == "retail":
        return Terms(forms.money(form, "retail", currency), None)
    return Terms(None, read_markup(form, currency))


def read_markup(form: Mapping[str, str], currency: str) -> Markup:
    """Empty fields are the rule's idle values. Raises ValidationFailed."""
    return Markup(
        forms.decimal(form, "percent", least="-100", default="0"),
        _minor(form, "fixed", currency, positive=False),
        _minor(form, "round_to", currency) or 1,
        _minor(form, "floor", currency, positive=False),
    )


def _minor(form: Mapping[str, str], name: str, currency: str, *, positive: bool = True) -> int:
    return forms.money(form, name, currency, positive=positive).minor if form.get(name, "").strip() else 0


def supplier_of(form: Mapping[str, str]) -> uuid.UUID | None:
    """The preferred supplier; None for no preference. Raises NotFound."""
    return parse_id("sup", form["supplier"]) if form.get("supplier") else None


def filled(listing: Listing) -> dict[str, str]:
    """A listing's rule as the form shows it."""
    fixed = listing.retail_minor is not None
    shown = START | {
        "rule": "retail" if fixed else "markup",
        "supplier": public_id("sup", listing.supplier_id) if listing.supplier_id else "",
    }
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
