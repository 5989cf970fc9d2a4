"""The lines that other sites paste: a link, a button, the script that makes a frame, and the frame itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import quote, urlencode

from markupsafe import Markup

from site_builder import urls

from ...kit.i18n import Text
from ...kit.ids import public_id
from ...stores import embed
from ...stores.showcase import Shown

HEIGHTS = {"button": 64, "card": 210, "grid": 560}
"""Of a frame without the script, in pixels: what it needs before anything is chosen."""
_BUY, _SHOP = Text("购买 {name}", "Buy {name}"), Text("在{name}购买", "Shop at {name}")


@dataclass(frozen=True, slots=True)
class Chosen:
    """Some goods, else a category, else the store; and how they look."""

    goods: Sequence[Shown]
    category: str | None
    look: str
    mode: str
    lang: str


class Snippet(NamedTuple):
    """`key` names it: script, frame, button, link."""

    key: str
    code: str


def snippets(chosen: Chosen, *, url: str, store_name: str, default_locale: str) -> list[Snippet]:
    """HTML to paste as it is. `url` is the store's address without a slash at its end."""
    where = url + urls.Urls(chosen.lang, default_locale).prefix + _path(chosen)
    words = _words(chosen, store_name)
    link = Markup('<a href="{}">{}</a>').format(where, words)
    given = {"goods": ",".join(map(sku, chosen.goods)), "category": chosen.category or ""}
    wishes = {name: value for name, value in given.items() if value}
    wishes |= {"look": chosen.look, "mode": chosen.mode, "lang": chosen.lang, "title": words}
    told = Markup(" ").join(Markup('data-{}="{}"').format(name, value) for name, value in wishes.items())
    script = Markup('<script async src="{}{}" {}></script>\n<noscript>{}</noscript>').format(
        url, embed.SCRIPT_PATH, told, link
    )
    frame = Markup(
        '<iframe src="{}{}?{}" title="{}" width="100%" height="{}" referrerpolicy="origin" allow="clipboard-write"'
        ' frameborder="0" loading="lazy">{}</iframe>'
    ).format(url, embed.PAGE_PATH, query(chosen), words, HEIGHTS[chosen.look], link)
    button = Markup('<link rel="stylesheet" href="{}{}">\n<a class="cardmesh-button" href="{}">{}</a>').format(
        url, embed.BUTTON_PATH, where, words
    )
    return [Snippet(key, str(code)) for key, code in zip(KEYS, (script, frame, button, link), strict=True)]


KEYS = ("script", "frame", "button", "link")


def sku(one: Shown) -> str:
    return public_id("sku", one.sku_id)


def query(chosen: Chosen) -> str:
    """What the store's frame is asked for."""
    asked = {"goods": ",".join(map(sku, chosen.goods)), "category": chosen.category or ""}
    wishes = {name: value for name, value in asked.items() if value}
    return urlencode(wishes | {"look": chosen.look, "mode": chosen.mode, "lang": chosen.lang}, safe=",")


def demo(partner: str | None, url: str, chosen: Chosen) -> str | None:
    """The development's other site, showing these goods."""
    return f"{partner}/?store={quote(url, safe='')}&{query(chosen)}" if partner else None


def _path(chosen: Chosen) -> str:
    if len(chosen.goods) == 1:
        return urls.product(chosen.goods[0].product_slug)
    if chosen.category and re.fullmatch(r"[a-z0-9-]{1,60}", chosen.category):
        return urls.category(chosen.category)
    return "/"


def _words(chosen: Chosen, store_name: str) -> str:
    if len(chosen.goods) == 1:
        one = chosen.goods[0]
        return _BUY.render(chosen.lang, name=" ".join(part for part in (one.product_name, one.sku_name) if part))
    return _SHOP.render(chosen.lang, name=store_name)
