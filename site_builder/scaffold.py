"""A new theme to begin with: a child of `classic` with a preset, a colour and a style sheet of its own."""

import json
import re
from pathlib import Path
from typing import Any

from site_builder import theme as themes
from site_builder.errors import Problem, ThemeError

PARENT = "classic"
PRESET = "first"
STYLE = """/* Your own style, after the parent's. Colours, fonts, radii and shadows are tokens: var(--color-brand). */

.hero {
  border-radius: var(--radius-l);
}
"""
README = """# {name}

A child of `{parent}`: every file that is not here is the parent's. Copy one to the same path to change it.

    python -m site_builder serve SNAPSHOT.json --theme ./{handle}    # the page reloads as you save
    python -m site_builder check ./{handle}

`config/presets/{preset}.json` holds the colours, `assets/css/own.css` the style, `theme.json` the name.
"""


def start(handle: str, shelf: Path, name: str = "") -> Path:
    """Write the folder `shelf/handle`. → it. Raises `ThemeError` for a bad handle or when something stands there."""
    if not re.fullmatch(themes.HANDLE, handle):
        raise ThemeError([Problem(handle, "a handle is lower-case letters, digits and inner hyphens, up to 40")])
    folder = shelf / handle
    if folder.exists():
        raise ThemeError([Problem(handle, "stands there already")])
    if (themes.BUNDLED / handle).exists():
        raise ThemeError([Problem(handle, "is the handle of a bundled theme")])
    for path, text in _files(handle, name or handle.replace("-", " ").title()).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def _files(handle: str, name: str) -> dict[str, str]:
    parent = themes.find(PARENT).manifest
    both = {"zh-CN": name, "en": name}
    manifest = {
        "handle": handle, "name": both, "version": "0.1.0", "engine": parent["engine"], "parent": PARENT,
        "licence": "Apache-2.0", "author": name, "previews": [], "preset": PRESET,
        "styles": [*parent["styles"], "css/own.css"],
    }  # fmt: skip
    preset = {
        "name": both,
        "settings": {"brand_color": "#7a3e9d"},
        "tokens": {"base": {"radius-m": "14px", "radius-l": "22px"}, "light": {}, "dark": {}},
    }
    return {
        "theme.json": _json(manifest),
        f"config/presets/{PRESET}.json": _json(preset),
        "assets/css/own.css": STYLE,
        "README.md": README.format(name=name, parent=PARENT, handle=handle, preset=PRESET),
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
