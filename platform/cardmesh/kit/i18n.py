"""Two languages as equals. A text a person sees is a `Text` with both, chosen at the last moment.

Longer pages use Flask-Babel catalogues; codes and their messages live beside the code that raises them.
"""

from typing import NamedTuple

LOCALES = ("zh-CN", "en")
DEFAULT_LOCALE = "zh-CN"


class Text(NamedTuple):
    """One message in both languages; `{name}` places are filled by `render`."""

    zh: str
    en: str

    def render(self, locale: str, **params: object) -> str:
        """The message in `locale` (anything that is not Chinese reads English)."""
        return (self.zh if locale.lower().startswith("zh") else self.en).format(**params)


def verbatim(words: str) -> Text:
    """Somebody's own words, the same in both languages: braces in them are no places of ours."""
    kept = words.replace("{", "{{").replace("}", "}}")
    return Text(kept, kept)


def pick_locale(accept_language: str | None, default: str = DEFAULT_LOCALE) -> str:
    """The best of our locales for an `Accept-Language` header; `default` when it names neither."""
    ranked: list[tuple[float, int, str]] = []
    for position, part in enumerate((accept_language or "").split(",")[:20]):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        locale = {"zh": "zh-CN", "en": "en"}.get(tag.strip().lower().split("-")[0])
        if locale and weight > 0:
            ranked.append((-weight, position, locale))
    return min(ranked)[2] if ranked else default
