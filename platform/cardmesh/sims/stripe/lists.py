"""Lists as Stripe gives them: newest first, `limit`, `starting_after`, `ending_before`, filters, `has_more`."""

import json
from collections.abc import Callable
from typing import Any

from .context import Context
from .errors import SimError, resource_missing
from .store import Doc

DEFAULT_LIMIT, MOST = 10, 100
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "gt": lambda value, bound: value > bound,
    "gte": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "lte": lambda value, bound: value <= bound,
}


def page(ctx: Context, kind: str, params: Doc, url: str, *, keep: Callable[[Doc], bool] = lambda _: True) -> Doc:
    """One page of the account's objects of this kind for which `keep` is true."""
    limit = _limit(params)
    backwards = "ending_before" in params
    found: list[Doc] = []
    for row in ctx.store.rows(*_query(ctx, kind, params, backwards)):
        body = json.loads(row["body"])
        if in_range(body["created"], params.get("created")) and keep(body):
            found.append(body)
        if len(found) > limit:
            break
    data = found[:limit]
    return envelope(data[::-1] if backwards else data, url, has_more=len(found) > limit)


def envelope(data: list[Doc], url: str, *, has_more: bool = False) -> Doc:
    return {"object": "list", "data": data, "has_more": has_more, "url": url}


def matching(params: Doc, *names: str) -> Callable[[Doc], bool]:
    """Keep objects whose fields equal the filters given under the same names."""
    return lambda body: all(body.get(name) == params[name] for name in names if name in params)


def in_range(value: int, wanted: Any) -> bool:
    """Stripe's range filter: a number, or a dictionary of gt, gte, lt, lte."""
    if wanted is None:
        return True
    if isinstance(wanted, int):
        return value == wanted
    return all(COMPARE[name](value, bound) for name, bound in wanted.items())


def _limit(params: Doc) -> int:
    limit = params.get("limit", DEFAULT_LIMIT)
    if not 1 <= limit <= MOST:
        wrong = "This value must be between 1 and 100 (inclusive)."
        raise SimError(wrong, code="parameter_invalid_integer", param="limit", saved=False)
    if "starting_after" in params and "ending_before" in params:
        raise SimError("You can only pass one of starting_after and ending_before.", param="ending_before")
    return limit


def _query(ctx: Context, kind: str, params: Doc, backwards: bool) -> tuple[Any, ...]:
    sql = "SELECT body FROM objects WHERE kind = ? AND account = ? AND livemode = ?"
    values: list[Any] = [kind, ctx.account, ctx.livemode]
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in params:
            row = ctx.store.row(params[name])
            if not row or row["kind"] != kind or row["account"] != ctx.account:
                raise resource_missing(kind, params[name], name, 400)
            sql, values = f"{sql} AND seq {sign} ?", [*values, row["seq"]]
    return (f"{sql} ORDER BY seq {'ASC' if backwards else 'DESC'}", *values)
