"""`expand[]`: put whole objects where ids stand, at most four levels deep, inside lists through `data.`."""

from .context import Context
from .errors import SimError
from .resources import sessions
from .store import Doc

DEEPEST = 4
COMPUTED = {("checkout.session", "line_items"): sessions.first_line_items}


def expanded(ctx: Context, body: Doc, paths: list[str]) -> Doc:
    """A copy of `body` with every path expanded; SimError for a path that cannot be."""
    for path in paths:
        steps = path.split(".")
        if len([step for step in steps if step != "data"]) > DEEPEST:
            raise SimError(f"You cannot expand more than {DEEPEST} levels. Property: {path}", param="expand")
        body = _expand(ctx, body, steps, path)
    return body


def _expand(ctx: Context, body: Doc, steps: list[str], path: str) -> Doc:
    name, rest = steps[0], steps[1:]
    if (computed := COMPUTED.get((body.get("object", ""), name))) and name not in body:
        body = {**body, name: computed(ctx, body)}
    if name not in body:
        raise SimError(
            f"This property cannot be expanded ({name}). You may want to try expanding 'data.{path}' instead."
            if body.get("object") == "list" else f"This property cannot be expanded ({path}).", param="expand",
        )  # fmt: skip
    return {**body, name: _value(ctx, body[name], rest, path)}


def _value(ctx: Context, value: object, rest: list[str], path: str) -> object:
    if isinstance(value, list):
        return [_value(ctx, item, rest, path) for item in value]
    if isinstance(value, str) and (row := ctx.store.row(value)):
        value = ctx.find(row["kind"], value)
    if isinstance(value, dict) and rest:
        return _expand(ctx, value, rest, path)
    return value
