"""Sell on other sites: which goods, in what look, on whose pages, and the lines to paste there."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response as FlaskResponse
from flask import make_response, render_template, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...goods.catalog import service as catalog
from ...identity.tenants.service import get_tenant
from ...kit import runtime
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.ids import parse_id
from ...stores import embed, showcase
from ...stores.models import Store
from ...stores.widget import MOST_GOODS
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from ..common.headers import CONSOLE_POLICY
from ..common.requests import locale
from . import blueprint, snippets
from .own import own_store, store_url
from .snippets import Chosen

LOOKS, MODES = ("card", "button", "grid"), ("auto", "light", "dark")
LANGUAGES = ("zh-CN", "en")
FOUND = 20


@dataclass(frozen=True, slots=True)
class Picks:
    """What may be ticked: what is ticked already, and what the search found."""

    picked: Sequence[showcase.Shown]
    found: Sequence[showcase.Shown]


@blueprint.get("/embed")
def embed_page() -> FlaskResponse:
    """The screen, with a preview in a frame of the store: the one page of the console that frames another host."""
    with transaction(scope()) as session:
        store = own_store(session)
        shown = _shown(session, store)
        picks, categories = _picks(session, store), catalog.list_categories(session)
    settings = runtime.current().settings
    page = render(
        "distributor/embed.html",
        **shown,
        picks=picks,
        categories=categories,
        development=settings.env == "development",
        partner=settings.partner_url,
    )
    response = make_response(page)
    response.headers["Content-Security-Policy"] = f"{CONSOLE_POLICY}; frame-src {store_url(store)}"
    return response


@blueprint.get("/embed/snippets")
def embed_snippets() -> str:
    """Preview and snippets for other wishes, as a piece of page."""
    with transaction(scope()) as session:
        shown = _shown(session, own_store(session))
    return render_template("distributor/_embed.html", **shown)


@blueprint.post("/embed")
@allow("manager")
def embed_change() -> Response:
    try:
        with transaction(scope()) as session:
            embed.set_origins(
                session,
                store_id=own_store(session).id,
                origins=forms.text(request.form, "origins", most=8000).split(),
                version=forms.whole(request.form, "version", least=1),
            )
    except MeshError as error:
        return refused(error, "distributor.embed_page")
    return done("已保存，几秒内生效", "Saved; in force within seconds", "distributor.embed_page")


def _shown(session: Session, store: Store) -> dict[str, Any]:
    chosen = _chosen(session, store)
    url = store_url(store)
    query = snippets.query(chosen)
    return {
        "store": store,
        "chosen": chosen,
        "snippets": snippets.snippets(chosen, url=url, store_name=store.name, default_locale=store.locale),
        "page": f"{url}{embed.PAGE_PATH}?{query}",
        "preview": f"{url}{embed.PAGE_PATH}?{query}&preview={embed.preview_token(store.id)}",
        "demo": snippets.demo(runtime.current().settings.partner_url, url, chosen),
    }


def _chosen(session: Session, store: Store) -> Chosen:
    """What the query asks for; goods that the store does not sell are left out."""
    ids = request.args.getlist("goods")[:MOST_GOODS]
    goods = _goods(session, store, ids) if ids else []
    return Chosen(
        goods=sorted(goods, key=lambda one: ids.index(snippets.sku(one))),
        category=None if goods else request.args.get("category") or None,
        look=_choice("look", LOOKS, "grid" if len(goods) != 1 else "card"),
        mode=_choice("mode", MODES, "auto"),
        lang=_choice("lang", LANGUAGES, locale()),
    )


def _picks(session: Session, store: Store) -> Picks:
    ids = request.args.getlist("goods")[:MOST_GOODS]
    picked = _goods(session, store, ids) if ids else []
    tenant = get_tenant(session, store.tenant_id)
    q = request.args.get("q", "")[:100]
    found = showcase.products(session, tenant=tenant, store_id=store.id, q=q, limit=FOUND)[:FOUND]
    known = {one.sku_id for one in picked}
    return Picks(picked, [one for one in found if one.sku_id not in known])


def _goods(session: Session, store: Store, ids: Collection[str]) -> list[showcase.Shown]:
    tenant, wanted = get_tenant(session, store.tenant_id), []
    for text in ids:
        try:
            wanted.append(parse_id("sku", text))
        except NotFound:
            continue
    return showcase.products(session, tenant=tenant, store_id=store.id, sku_ids=wanted, limit=MOST_GOODS)


def _choice(name: str, allowed: tuple[str, ...], default: str) -> str:
    chosen = request.args.get(name, "")
    return chosen if chosen in allowed else default
