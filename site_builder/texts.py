"""A theme's words in one locale: `t("cart.empty")`, `t("stock.left", count=3)`."""

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from markupsafe import Markup, escape

from site_builder.errors import RenderError
from site_builder.sandbox import theme_function

SCRIPT = "js"
"""The group of messages that belongs to the theme's script and is bundled with it."""


def flatten(messages: Mapping[str, Any], start: str = "") -> dict[str, str]:
    """{"cart": {"empty": "…"}} → {"cart.empty": "…"}."""
    out: dict[str, str] = {}
    for key, value in messages.items():
        name = f"{start}{key}"
        out |= flatten(value, f"{name}.") if isinstance(value, Mapping) else {name: str(value)}
    return out


class Translator:
    """Looks messages up and fills `{name}` places. Values are escaped when the message lands in a page."""

    def __init__(self, locale: str, messages: Mapping[str, Any]) -> None:
        self.locale, self.messages = locale, flatten(messages)
        self.script = messages.get(SCRIPT, {})
        self.function = theme_function(partial(self))

    def __call__(self, key: str, **values: Any) -> str:
        text = self.messages.get(key)
        if text is None:
            raise RenderError(f"no text {key!r} for {self.locale}")
        if not values:
            return text
        safe = any(isinstance(value, Markup) for value in values.values())
        text = str(escape(text)) if safe else text
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(escape(value) if safe else value))
        # Message and plain values were escaped just above; the Markup among the values was safe already.
        return Markup(text) if safe else text  # noqa: S704 - every part is escaped or was Markup

    def script_json(self) -> str:
        return json.dumps(self.script, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
