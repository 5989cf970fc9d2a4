"""What the audit trail holds of a deed, for reading: each field by its name, what changed as old → new.

Details are what the verbs wrote down (`identity.audit`): flat fields, or what was `before` and what is `after`. The
file of the trail gives them as they are kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from ...kit.i18n import Text
from .format import STATES, as_money, as_time, shortened, state_name
from .requests import locale
from .trail_fields import FIELDS, MINOR, PERMILLE, RATES, WORDS

MOST = 60
"""Characters of a value on the page."""
NONE = "—"


class Pair(NamedTuple):
    """One field: its name ("" for a thing's only one), what it was (None: nothing was before), what it is."""

    name: str
    old: str | None
    new: str


def pairs(details: Mapping[str, Any]) -> list[Pair]:
    """Of a change only the fields that changed; empty ones of a thing that was made are left out."""
    rest = {name: value for name, value in details.items() if name not in ("before", "after")}
    if "after" not in details:
        return list(_made(rest))
    return [*_changed(details.get("before"), details["after"]), *_made(rest)]


def _changed(before: Any, after: Any) -> Iterator[Pair]:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        yield Pair("", said("", before, {}), said("", after, {}))
        return
    for name in [*after, *(name for name in before if name not in after)]:
        old, new = before.get(name), after.get(name)
        if old == new:
            continue
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from (one._replace(name=f"{label(name)} · {one.name}") for one in _changed(old, new))
        else:
            yield Pair(label(name), said(name, old, before), said(name, new, after))


def _made(details: Mapping[str, Any]) -> Iterator[Pair]:
    for name, value in details.items():
        if value in (None, "", [], {}) or (name == "currency" and MINOR & details.keys()):
            continue
        yield Pair(label(name), None, said(name, value, details))


def label(name: str) -> str:
    """A field by its name."""
    return FIELDS.get(name, Text(name, name.replace("_", " ").capitalize())).render(locale())


def said(name: str, value: Any, beside: Mapping[str, Any]) -> str:
    """A value in the reader's words; `beside` are the fields that it stands among."""
    if value in (None, "", [], {}):
        return NONE
    if isinstance(value, bool):
        return Text("是", "yes").render(locale()) if value else Text("否", "no").render(locale())
    if isinstance(value, int) and name in MINOR:
        return as_money(value, str(beside.get("currency") or "CNY"))
    if name in PERMILLE:
        return f"{Decimal(value) / 10:f}%"
    if name in RATES:
        return f"{(Decimal(value) * 100).normalize():f}%"
    if isinstance(value, Mapping) and value.keys() == {"amount", "currency"}:
        return as_money(value["amount"], value["currency"])
    if isinstance(value, Mapping):
        return ", ".join(f"{label(key)} {said(key, one, value)}" for key, one in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return shortened(", ".join(said("", one, beside) for one in value), MOST)
    return shortened(_text(str(value)), MOST)


def _text(value: str) -> str:
    if value in WORDS:
        return WORDS[value].render(locale())
    if value in STATES:
        return state_name(value)
    try:
        moment = datetime.fromisoformat(value) if "T" in value or " " in value else None
    except ValueError:
        moment = None
    return as_time(moment) if moment and moment.tzinfo else value
