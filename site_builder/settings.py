"""Typed theme settings: the schema a theme declares, and a store's values checked against it.

Field names are Shopify's, so that theme authors feel at home: type id label default info options min max step
visible_if. `label` and `info` are texts per locale. `header` and `paragraph` only speak to the person editing.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from site_builder.errors import Problem

TYPES = [
    "text",
    "textarea",
    "richtext",
    "number",
    "range",
    "checkbox",
    "select",
    "radio",
    "color",
    "color_scheme",
    "image",
    "font",
    "url",
    "product",
    "category",
    "product_list",
    "page",
    "header",
    "paragraph",
]
SPEAKING = frozenset({"header", "paragraph"})
FIELDS = frozenset(
    ["type", "id", "label", "default", "info", "options", "min", "max", "step", "visible_if", "content", "placeholder"]
)
LOCALES = ("zh-CN", "en")

_COLOR = re.compile(r"#[0-9a-fA-F]{6}")
_PLACE = re.compile(r"(?:/(?!/)|https://|mailto:)[^\s\"'<>]*|")
_SLUG = re.compile(r"[a-z0-9-]{0,80}")
_ID = re.compile(r"[a-z][a-z0-9_]{0,40}")


def schema_problems(settings: Any, where: str) -> list[Problem]:
    """Everything wrong with a list of setting declarations."""
    if not isinstance(settings, list):
        return [Problem(where, "settings must be a list")]
    found, seen = [], set()
    for index, setting in enumerate(settings):
        place = f"{where}/{index}"
        if not isinstance(setting, Mapping) or setting.get("type") not in TYPES:
            found.append(Problem(place, f"`type` must be one of: {', '.join(TYPES)}"))
            continue
        found += [Problem(place, f"unknown field {key!r}") for key in setting.keys() - FIELDS]
        if setting["type"] not in SPEAKING:
            found += _declaration(setting, place, seen)
    return [*found, *_conditions(settings, where, seen)]


def _conditions(settings: list[Any], where: str, known: set[str]) -> Iterable[Problem]:
    """`visible_if`: {"another setting of the list": a value, or a list of them}; all must hold."""
    for index, setting in enumerate(settings):
        condition = setting.get("visible_if", {}) if isinstance(setting, Mapping) else {}
        if not isinstance(condition, Mapping) or not condition.keys() <= known:
            yield Problem(f"{where}/{index}", "`visible_if` must name settings beside it: {id: value or [values]}")


def _declaration(setting: Mapping[str, Any], where: str, seen: set[str]) -> Iterable[Problem]:
    name, kind = setting.get("id"), setting["type"]
    if not isinstance(name, str) or not _ID.fullmatch(name):
        yield Problem(where, "`id` must be lower case letters, digits and _")
    elif name in seen:
        yield Problem(where, f"the id {name!r} stands twice")
    seen.add(str(name))
    label = setting.get("label")
    if not isinstance(label, Mapping) or any(not label.get(locale) for locale in LOCALES):
        yield Problem(where, f"`label` needs words for {' and '.join(LOCALES)}")
    if kind in ("select", "radio", "color_scheme") and not _options(setting):
        yield Problem(where, "`options` must list at least one {value, label}")
    elif kind == "range" and not all(isinstance(setting.get(edge), int | float) for edge in ("min", "max")):
        yield Problem(where, "a range needs `min` and `max`")
    elif "default" not in setting:
        yield Problem(where, "`default` is missing")
    elif complaint := complaint_about(setting, setting["default"]):
        yield Problem(f"{where}/default", complaint)


def _options(setting: Mapping[str, Any]) -> list[Any]:
    options = setting.get("options") or []
    return [option.get("value") for option in options if isinstance(option, Mapping)]


def complaint_about(setting: Mapping[str, Any], value: Any) -> str | None:
    """What is wrong with `value` for this setting, or None."""
    kind = setting["type"]
    if kind in ("select", "radio", "color_scheme"):
        options = _options(setting)
        return None if value in options else f"must be one of {options}"
    if kind == "checkbox":
        return None if isinstance(value, bool) else "must be true or false"
    if kind in ("number", "range"):
        return _number(setting, value)
    if kind == "product_list":
        fine = isinstance(value, list) and len(value) <= 50 and all(_slug(v) for v in value)
        return None if fine else "must be a list of up to 50 product slugs"
    if kind in ("text", "textarea", "richtext"):
        return _text(value, 200 if kind == "text" else 5000)
    checks = {
        "color": _COLOR,
        "image": _PLACE,
        "url": _PLACE,
        "product": _SLUG,
        "category": _SLUG,
        "page": _SLUG,
    }
    pattern = checks.get(kind)
    fine = isinstance(value, str) and (pattern is None or pattern.fullmatch(value))
    return None if fine else f"is not a valid {kind}"


def _slug(value: Any) -> bool:
    return isinstance(value, str) and bool(_SLUG.fullmatch(value))


def _number(setting: Mapping[str, Any], value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return "must be a number"
    low, high = setting.get("min", value), setting.get("max", value)
    return None if low <= value <= high else f"must be between {low} and {high}"


def _text(value: Any, limit: int) -> str | None:
    texts = list(value.values()) if isinstance(value, Mapping) else [value]
    if not all(isinstance(text, str) for text in texts):
        return "must be a string, or one string per locale"
    return f"must not exceed {limit} characters" if any(len(text) > limit for text in texts) else None


def resolve(settings: list[Any], *layers: Mapping[str, Any], where: str) -> tuple[dict[str, Any], list[Problem]]:
    """The values in force: defaults, then each layer; and what is wrong with the layers."""
    declared = {setting["id"]: setting for setting in settings if setting["type"] not in SPEAKING}
    values = {name: setting["default"] for name, setting in declared.items()}
    problems = []
    for layer in layers:
        for name, value in layer.items():
            if name not in declared:
                problems.append(Problem(f"{where}/{name}", "the theme has no such setting"))
            elif complaint := complaint_about(declared[name], value):
                problems.append(Problem(f"{where}/{name}", complaint))
            else:
                values[name] = value
    return values, problems
