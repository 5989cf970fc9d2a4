"""The theme's files a browser loads: joined, stripped of comments, named by their content.

Scripts are plain files that share one module scope: joining them needs no bundler, and one request serves a page.
`theme.json` names bundles and the templates that use them; the first is for all other pages. The words of the script
come in front, so there is one bundle per locale.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from site_builder import tokens
from site_builder.errors import Problem, ThemeError
from site_builder.hashing import sha256
from site_builder.texts import Translator
from site_builder.theme import Look, Theme

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".json": "application/json; charset=utf-8",
    ".txt": "text/plain; charset=utf-8",
}


@dataclass(frozen=True)
class Asset:
    """A file with its address; immutable, because another content has another address."""

    url: str
    body: bytes
    content_type: str


@dataclass(frozen=True)
class Assets:
    """`app` by locale and bundle; `others` by the theme's own path, e.g. "icons.svg"; `bundle_of` by template."""

    style: Asset
    mode: Asset
    app: Mapping[tuple[str, str], Asset]
    others: Mapping[str, Asset]
    bundle_of: Mapping[str, str]

    def script(self, locale: str, template: str) -> Asset:
        return self.app[locale, self.bundle_of.get(template, next(iter(self.app))[1])]

    def all(self) -> list[Asset]:
        return [self.style, self.mode, *self.app.values(), *self.others.values()]


def make(look: Look, translators: Mapping[str, Translator]) -> Assets:
    """Every asset of a look. Raises `ThemeError` when `theme.json` lists a file that is not there."""
    theme, manifest = look.theme, look.theme.manifest
    bundles = {name: _joined(theme, bundle["files"], strip_js) for name, bundle in manifest["scripts"].items()}
    return Assets(
        style=named("app", ".css", tokens.css(look.tokens) + _joined(theme, manifest["styles"], strip_css)),
        mode=named("mode", ".js", _joined(theme, [manifest["mode_script"]], strip_js)),
        app={
            (locale, bundle): named(f"{bundle}.{locale}", ".js", f"const TEXT={t.script_json()};\n{code}")
            for locale, t in translators.items()
            for bundle, code in bundles.items()
        },
        others=_others(theme),
        bundle_of={page: name for name, bundle in manifest["scripts"].items() for page in bundle.get("templates", [])},
    )


def _joined(theme: Theme, names: list[str], strip: Callable[[str], str]) -> str:
    missing = [name for name in names if f"assets/{name}" not in theme.files]
    if missing:
        raise ThemeError([Problem("theme.json", f"lists assets/{name}, which does not exist") for name in missing])
    return "".join(strip(theme.files[f"assets/{name}"]) for name in names)


def _others(theme: Theme) -> dict[str, Asset]:
    """Files no list names: pictures and sprites, by their name under assets/."""
    loose = (p for p in theme.files if p.startswith("assets/") and not p.endswith((".css", ".js")))
    parts = ((path.removeprefix("assets/"), path) for path in sorted(loose))
    return {
        name: named(name.rpartition(".")[0], "." + name.rpartition(".")[2], theme.files[path]) for name, path in parts
    }


def named(stem: str, suffix: str, text: str) -> Asset:
    body = text.encode()
    return Asset(f"/assets/{stem}.{sha256(body)[:12]}{suffix}", body, TYPES[suffix])


@lru_cache(maxsize=512)
def strip_css(source: str) -> str:
    """Without comments and needless blanks. Strings in style sheets here never hold `/*` or runs of spaces."""
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.S)
    source = re.sub(r"\s+", " ", source)
    return re.sub(r" ?([{};,>]) ?", r"\1", source).replace(";}", "}").strip() + "\n"


@lru_cache(maxsize=512)
def strip_js(source: str) -> str:
    """Without whole-line comments, indentation and empty lines. Sources hold no multi-line strings (checked)."""
    source = re.sub(r"^\s*/\*.*?\*/\s*$", "", source, flags=re.S | re.M)
    lines = (line.strip() for line in source.split("\n"))
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
