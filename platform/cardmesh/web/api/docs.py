"""A readable page of the API: every call, its shapes, and every error code in both languages."""

from collections.abc import Iterator
from typing import Any

from apiflask import APIBlueprint
from flask import current_app, render_template

from ...kit.errors import MeshError, NotFound
from ..common.requests import locale

blueprint = APIBlueprint("docs", __name__, enable_openapi=False)


@blueprint.get("/v1/docs")
def docs() -> str:
    spec: dict[str, Any] = current_app.spec  # pyright: ignore[reportAttributeAccessIssue] - APIFlask's
    return render_template("docs/index.html", spec=spec, groups=_by_tag(spec), errors=error_kinds(), resolve=_resolve)


@blueprint.get("/errors/<code>")
def error(code: str) -> str:
    """What the `type` of a problem document leads to."""
    for kind in error_kinds():
        if kind.code == code:
            return render_template("docs/error.html", kind=kind, locale=locale())
    raise NotFound


def error_kinds() -> list[type[MeshError]]:
    """Every refusal there is, one for each code, by code."""
    found: dict[str, type[MeshError]] = {}
    for kind in _subclasses(MeshError):
        found.setdefault(kind.code, kind)
    return [found[code] for code in sorted(found)]


def _subclasses(kind: type[MeshError]) -> Iterator[type[MeshError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from _subclasses(below)


def _by_tag(spec: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, operations in spec["paths"].items():
        for method, operation in operations.items():
            if method in ("get", "post", "put", "patch", "delete"):
                tag = (operation.get("tags") or ["Other"])[0]
                groups.setdefault(tag, []).append((method.upper(), path, operation))
    return groups


def _resolve(spec: dict[str, Any], schema: dict[str, Any] | None) -> dict[str, Any]:
    """A schema with its reference followed."""
    while schema and "$ref" in schema:
        schema = spec["components"]["schemas"].get(schema["$ref"].rsplit("/", 1)[-1])
    return schema or {}
