"""Letters from templates of ours: HTML escaped, text as it is."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from ...kit.i18n import Text
from ...kit.mail.letter import Letter
from .words import LABELS, Words

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=select_autoescape(enabled_extensions=("html.j2",), default=False),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def letter(words: Words, *, to: str, key: str, locale: str, params: dict[str, object], facts: dict[str, Any]) -> Letter:
    """The letter of these words. `params` fill the sentences, `facts` the templates: sender, url, for an order more."""

    def say(text: Text) -> str:
        return text.render(locale, **params)

    context = {"number": "", "rows": [], "codes": [], "total": "", **facts}
    context |= {"locale": locale, "heading": say(words.heading), "lead": say(words.lead), "button": say(words.button)}
    context["labels"] = {name: say(text) for name, text in LABELS.items()}
    subject = " ".join(say(words.subject).split())
    text = _TEMPLATES.get_template("letter.txt.j2").render(context)
    html = _TEMPLATES.get_template("letter.html.j2").render(context)
    return Letter(to=to, subject=subject, text=text, html=html, key=key, locale=locale)
