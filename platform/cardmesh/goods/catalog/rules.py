"""Names: when two spellings mean one thing, what a search looks for, what an address shows."""

import re
import unicodedata
import uuid

from ...kit.ids import public_id

MAX_NAME = 200
MAX_DESCRIPTION = 20_000

CATEGORIES = (
    ("games", "游戏", "Games"),
    ("phone-cards", "话费卡", "Phone cards"),
    ("memberships", "影音会员", "Memberships"),
    ("software", "软件", "Software"),
    ("education", "教育", "Education"),
    ("office", "办公", "Office"),
    ("cloud-ai", "云与AI", "Cloud & AI"),
    ("gift-cards", "礼品卡", "Gift cards"),
)
"""Slug, Chinese name, English name; in the order that stores show."""

_CURRENCIES = {
    "元": ("¥", "元", "块钱", "块", "圆", "rmb", "cny", "人民币"),
    "usd": ("us$", "$", "美元", "美金", "usd", "dollars", "dollar"),
    "hkd": ("hk$", "港币", "港元", "hkd"),
    "twd": ("nt$", "新台币", "台币", "twd"),
    "jpy": ("日元", "円", "jpy"),
    "eur": ("€", "欧元", "eur"),
}
_UNIT = {form: unit for unit, forms in _CURRENCIES.items() for form in forms}
_FORM = "|".join(re.escape(form) for form in sorted(_UNIT, key=len, reverse=True))
_NUMBER = r"\d+(?:\.\d+)?"
_AMOUNT = re.compile(rf"(?P<before>{_FORM})?(?P<number>{_NUMBER})(?P<after>{_FORM})?")
_BETWEEN = re.compile(rf"(?<=\d) (?={_FORM})|(?<=[¥$€]) (?=\d)|(?<=rmb) (?=\d)|(?<=cny) (?=\d)|(?<=usd) (?=\d)")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_FACE = re.compile(r"面值|面额")
_NOISE = re.compile(r"[^\w+.#&]+|_")
_LOOSE_DOT = re.compile(r"(?<!\d)\.|\.(?!\d)")
_SLUG = re.compile(r"[^a-z0-9]+")


def normalise(name: str) -> str:
    """What makes two names one: width, case, spaces, brackets, punctuation and the spelling of money fall away.

    `【腾讯】Ｑ币 １００ 元`, `腾讯 q币（¥100.00）` and `腾讯Q币100块` all give `腾讯q币100元`.
    """
    text = unicodedata.normalize("NFKC", name).casefold().replace("¥", "¥")
    text = re.sub(r"\s+", " ", _FACE.sub("", _GROUPED.sub("", text)))
    text = _AMOUNT.sub(_money, _BETWEEN.sub("", text))
    return _LOOSE_DOT.sub("", _NOISE.sub("", text))


def _money(match: re.Match[str]) -> str:
    """One amount with its currency behind it, without idle zeros; a bare number stays as it is."""
    form = match["after"] or match["before"]
    if not form:
        return match[0]
    number = match["number"]
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    rest = match["before"] if match["before"] and match["after"] and _UNIT[match["before"]] != _UNIT[form] else ""
    return f"{rest}{number}{_UNIT[form]}"


def search_text(product_name: str, sku_name: str) -> str:
    """What `search` looks into; a space keeps a word from spanning both names."""
    return f"{normalise(product_name)} {normalise(sku_name)}"


def search_terms(query: str) -> list[str]:
    """The words of a query, each to be found somewhere; at most eight."""
    terms = (normalise(word) for word in unicodedata.normalize("NFKC", query).split())
    return [term for term in terms if term][:8]


def like(term: str) -> str:
    """A LIKE pattern that finds `term` anywhere, its own wildcards taken literally."""
    return "%" + re.sub(r"([\\%_])", r"\\\1", term) + "%"


def slug(name: str, category_slug: str, product_id: uuid.UUID) -> str:
    """`steam-wallet-7hq2km`: the name's Latin letters (the category's when it has none) and the end of the id."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    words = _SLUG.sub("-", plain).strip("-")[:48].strip("-")
    head = words if re.search(r"[a-z]", words) else f"{category_slug}-{words}".strip("-")
    return f"{head}-{public_id('prd', product_id)[-8:]}"
