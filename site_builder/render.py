"""Pages out of a plan: templates run here, shared fragments once per build."""

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from jinja2 import TemplateError, TemplateSyntaxError
from markupsafe import Markup

from site_builder import markup, money, seo, urls
from site_builder.assets import Assets, make
from site_builder.errors import RenderError
from site_builder.hashing import Data, digest
from site_builder.plan import PageSpec, Plan
from site_builder.sandbox import ThemeEnvironment, theme_function
from site_builder.snapshot import Snapshot
from site_builder.theme import Look

HERE = "\x1ahere:{}\x1a"
"""Stands in shared fragments for this page's address in another locale; a snapshot cannot hold this character."""


class Renderer:
    """Templates, assets and fragments of one build. Same snapshot and look, same output."""

    def __init__(self, snapshot: Snapshot, look: Look) -> None:
        self.look, self.plan = look, Plan(snapshot, look)
        self.assets: Assets = make(look, self.plan.translators)
        self.environments = {name: self._environment(name) for name in self.plan.translators}
        self.plain: dict[str, ThemeEnvironment] = {}
        self.cards: dict[tuple[str, str], Markup] = {}
        self.feed_items: dict[str, dict[str, str]] = {name: {} for name in self.plan.translators}
        self.locals = {name: self._locals(name) for name in self.plan.translators}
        self.keys = {name: digest([look.key, shop.key]) for name, shop in self.plan.shops.items()}
        self.shared = {name: self._shared(name) for name in self.plan.translators}

    def _environment(self, locale: str, inline: bool = True) -> ThemeEnvironment:
        """One per locale: its words are part of the compiled templates."""
        words = self.plan.translators[locale]
        return ThemeEnvironment(
            self.look.theme.jinja,
            {"markdown": markup.to_html, "plain": markup.to_plain},
            {"t": words, "icon": self._icon},
            digest([words.messages, self._icons_url()]),
            FUNCTIONS,
            inline,
        )

    def _icons_url(self) -> str:
        icons = self.assets.others.get("icons.svg")
        return icons.url if icons else ""

    def _icon(self, name: str) -> Markup:
        return Markup('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>').format(self._icons_url(), name)

    def _locals(self, locale: str) -> dict[str, Any]:
        """What every template of a locale may use (documented in docs/themes.md)."""
        shop, icon = self.plan.shops[locale], cache(self._icon)

        def product_card(product: Data, variant: str) -> Markup:
            return self._card(locale, product, variant)

        code = shop["currency"]
        return {
            **self.environments[locale].globals,
            "t": self.plan.translators[locale].function,
            "shop": shop,
            "settings": dict(self.look.values),
            "money": theme_function(lambda m: money.display(m["amount"], m["currency"])),
            "short_money": theme_function(lambda m: money.short(m["amount"], m["currency"])),
            "asset_url": theme_function(lambda name: self._asset_url(name)),
            "icon": theme_function(icon),
            "product_card": theme_function(product_card),
            "text": theme_function(lambda value: value if isinstance(value, str) else value.get(locale, "")),
            "currency": {"code": code, "symbol": money.symbol(code), "places": money.exponent(code)},
            "assets": {"style": self.assets.style.url, "mode": self.assets.mode.url},
            "icons_url": self._icons_url(),
        }

    def _asset_url(self, name: str) -> str:
        if name not in self.assets.others:
            raise RenderError(f"the theme has no asset {name!r}")
        return self.assets.others[name].url

    def _card(self, locale: str, product: Data, variant: str) -> Markup:
        name = (f"{locale}/{variant}", product.key)
        if name not in self.cards:
            scope = {**self.locals[locale], "product": product}
            self.cards[name] = self._run(locale, f"snippets/card-{variant}", scope)
        return self.cards[name]

    def _shared(self, locale: str) -> Mapping[str, list[str]]:
        """Header and footer, made once and cut at every `HERE`: they know the shop, not the page."""
        parts = {"header": "", "footer": ""}
        switch = [{"locale": name, "url": HERE.format(name)} for name in self.plan.addresses]
        for section in self.look.templates["shared"]["sections"]:
            place = self.look.theme.sections[section["type"]].get("place", "header")
            scope = {**self.locals[locale], "section": {**section, "data": {}}, "switch": switch}
            parts[place] += self._text(locale, f"sections/{section['type']}", scope)
        return {place: re.split(HERE.format("(.+?)"), html) for place, html in parts.items()}

    def forget(self, keys: set[str]) -> None:
        """Drop the fragments of products as they were."""
        self.cards = {name: html for name, html in self.cards.items() if name[1] not in keys}
        for items in self.feed_items.values():
            for key in keys:
                items.pop(key, None)

    def render(self, page: PageSpec) -> str:
        """The HTML of one page. Raises `RenderError` naming page, template and line."""
        template = self.look.templates[page.kind]
        scope = {**self.locals[page.locale], **page.context, "page": self._head(page)}
        data = page.context["sections"]
        sections = [{**section, "data": data.get(section["id"], {})} for section in template["sections"]]
        body = "".join(
            self._text(page.locale, f"sections/{section['type']}", {**scope, "section": section}, page.rest)
            for section in sections
        )
        shared = {place: self._here(pieces, page.rest) for place, pieces in self.shared[page.locale].items()}
        frame = {**scope, **shared, "content": Markup(body)}  # noqa: S704 - sections are autoescaped
        return self._text(page.locale, f"layout/{template['layout']}", frame, page.rest)

    def _here(self, pieces: list[str], rest: str) -> Markup:
        """A shared part on the page at `rest`, whose address stands where every second piece names a locale."""
        whole = [*pieces]
        whole[1::2] = [self.plan.addresses[name].to(rest) for name in pieces[1::2]]
        return Markup("".join(whole))  # noqa: S704 - rendered by templates; addresses are made of slugs

    def _head(self, page: PageSpec) -> dict[str, Any]:
        shop, addresses = self.plan.shops[page.locale], self.plan.addresses
        path = addresses[page.locale].to(page.rest)
        own = self.plan.snapshot.store.locale
        alternates = [{"locale": name, "url": shop["url"] + a.to(page.rest)} for name, a in addresses.items()]
        title = page.title if page.kind == "index" else f"{page.title} - {shop['name']}"
        return {
            "kind": page.kind, "path": path, "url": shop["url"] + path, "title": page.title, "full_title": title,
            "description": page.description, "indexed": page.indexed, "locale": page.locale,
            "alternates": alternates if len(alternates) > 1 and page.indexed else [],
            "default_url": shop["url"] + addresses[own].to(page.rest),
            "image": shop["url"] + (page.image or OG_IMAGE),
            "script": self.assets.script(page.locale, page.kind).url, "structured": self._structured(page, shop),
        }  # fmt: skip

    def _structured(self, page: PageSpec, shop: Data) -> list[Markup]:
        """JSON-LD blocks as safe text for <script type="application/ld+json">."""
        blocks: list[dict[str, Any]] = []
        if page.kind == "index":
            blocks = [seo.home_ld(shop, shop["urls"]["search"])]
        elif page.kind == "product":
            product = page.context["product_data"]
            blocks = seo.product_ld(shop, product, markup.to_plain(product["description"], 300) or page.description)
        elif page.kind == "category":
            category = page.context["category"]
            blocks = [seo.breadcrumbs(shop["url"], [(shop["name"], shop["home"]), (category["name"], category["url"])])]
        # script_json leaves no character that could end the data block.
        return [Markup(seo.script_json(block)) for block in blocks]  # noqa: S704 - script_json escapes

    def _run(self, locale: str, template: str, scope: dict[str, Any]) -> Markup:
        # Autoescape is on in this environment: what comes out is HTML, not text.
        return Markup(self._text(locale, template, scope))  # noqa: S704 - autoescaped

    def _text(self, locale: str, template: str, scope: dict[str, Any], page: str = "") -> str:
        """The HTML as a plain string: a page is long, and marking it would copy it."""
        try:
            return self.environments[locale].run(template, scope)
        except FAILURES as error:
            raise self._placed(error, locale, template, scope, page or "shared") from error

    def _placed(self, error: Exception, locale: str, template: str, scope: Mapping[str, Any], page: str) -> RenderError:
        """The error with its file and line: told by templates that are each compiled by themselves."""
        if locale not in self.plain:
            self.plain[locale] = self._environment(locale, inline=False)
        try:
            self.plain[locale].get_template(template).render(scope)
        except FAILURES as again:
            error = again
        if isinstance(error, RenderError) and error.file:  # a card on the page: its place is the one to tell
            return RenderError(error.reason, error.file, error.line, page)
        return RenderError(str(error), *_place(error, f"{template}.html.j2"), page)


FAILURES = (TemplateError, TypeError, KeyError, ValueError, RenderError)
FUNCTIONS = ("t", "icon", "text", "money", "short_money", "asset_url", "product_card")
"""What every scope holds as a function of ours."""
OG_IMAGE = "/og.png"


def _place(error: BaseException, template: str) -> tuple[str, int]:
    """The file and line of the theme where `error` began: the innermost template on the way."""
    if isinstance(error, TemplateSyntaxError):
        return f"{error.name}.html.j2" if error.name else template, error.lineno
    place, trace = (template, 0), error.__traceback__
    while trace:
        file = trace.tb_frame.f_code.co_filename
        if file.endswith(".html.j2") and not file.startswith("/"):
            place = file, trace.tb_lineno
        trace = trace.tb_next
    return place


def page_file(page: PageSpec, renderer: Renderer) -> str:
    return urls.file_of(renderer.plan.addresses[page.locale].to(page.rest))
