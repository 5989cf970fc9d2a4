"""The customizer: the draft of the store's look, edited in the browser, seen at once, published with a diff.

The page is a frame for its script; everything else here speaks JSON. A refusal is {code, message, errors, …}.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

from flask import Response, jsonify, make_response, request, url_for
from flask.typing import ResponseReturnValue

from site_builder.theme import Theme

from ...kit.clock import rfc3339
from ...kit.db import transaction
from ...kit.errors import MeshError, ValidationFailed
from ...kit.ids import parse_id
from ...stores import look
from ...stores.looks import drafts, images, links, publishing
from ..common.console import allow, render, scope
from ..common.headers import CONSOLE_POLICY
from ..common.requests import locale
from ..common.schema import json_body
from . import blueprint, look_shapes
from .own import own_store, store_url

P = ParamSpec("P")


def answering(view: Callable[P, ResponseReturnValue]) -> Callable[P, ResponseReturnValue]:
    """A refusal as JSON in the reader's language, for the script to show."""

    @wraps(view)
    def answer(*args: P.args, **kwargs: P.kwargs) -> ResponseReturnValue:
        try:
            return view(*args, **kwargs)
        except MeshError as error:
            places = [{"pointer": one.pointer, "message": one.message(locale())} for one in error.errors]
            told = {"code": error.code, "message": error.message(locale()), "errors": places, **error.extra}
            return jsonify(told), error.status

    return answer


@blueprint.get("/store/customizer")
def store_customizer() -> Response:
    with transaction(scope()) as session:
        origin = store_url(own_store(session))
    page = make_response(render("distributor/customizer.html", url=origin))
    policy = CONSOLE_POLICY.replace("img-src 'self' data:", f"img-src 'self' data: blob: {origin}")
    page.headers["Content-Security-Policy"] = f"{policy}; frame-src {origin}"
    return page


@blueprint.get("/store/customizer/state.json")
@answering
def store_customizer_state() -> ResponseReturnValue:
    """Where editing starts: the draft and its revision, what is live, and everything about the theme."""
    with transaction(scope()) as session:
        store = own_store(session)
        choice, revision = drafts.current(session, store)
        live = drafts.words_of(look.today(session, store))
        sample = look_shapes.sample_paths(session, store)
        shelf = look_shapes.choices(session, store)
        theme = look.theme_of(session, tenant_id=store.tenant_id, handle=choice.handle)
        ready = look_shapes.gallery(look.wardrobe(session, store.tenant_id))
    return jsonify(
        revision=revision,
        look=drafts.words_of(choice),
        live=live,
        frame=store_url(store) + links.path(store, links.Kind.FRAME),
        prefixes=look_shapes.prefixes(store),
        paths=sample,
        choices=shelf,
        looks=ready,
        about=look_shapes.about(theme, choice.handle, choice.preset),
    )


@blueprint.get("/store/customizer/about.json")
@answering
def store_customizer_about() -> ResponseReturnValue:
    """A theme and one of its presets (else its own), as the customizer must know it to edit a look of it."""
    theme, preset = request.args.get("theme", "classic"), request.args.get("preset") or None
    chosen = look_shapes.read_choice({"theme": theme, "preset": preset})
    worn = _theme(chosen.handle)
    return jsonify(look_shapes.about(worn, chosen.handle, look.check(worn, chosen)))


@blueprint.get("/store/customizer/goods.json")
@answering
def store_customizer_goods() -> ResponseReturnValue:
    """Goods of the store by their names, for pickers: [{slug, name}]."""
    with transaction(scope()) as session:
        return jsonify(look_shapes.goods(session, own_store(session), request.args.get("q", "")[:80]))


@blueprint.get("/store/customizer/changes.json")
@answering
def store_customizer_changes() -> ResponseReturnValue:
    with transaction(scope()) as session:
        found = publishing.changes(session, own_store(session))
    return jsonify([look_shapes.said(change, locale()) for change in found])


@blueprint.get("/store/customizer/history.json")
@answering
def store_customizer_history() -> ResponseReturnValue:
    with transaction(scope()) as session:
        return jsonify([look_shapes.line(one, locale()) for one in publishing.past(session, own_store(session))])


@blueprint.post("/store/customizer/draft")
@allow("manager")
@answering
def store_customizer_save() -> ResponseReturnValue:
    body = _sent()
    revision, choice = _revision(body), look_shapes.read_choice(body.get("look"))
    with transaction(scope()) as session:
        draft = drafts.save(session, store_id=own_store(session).id, revision=revision, choice=choice)
        return jsonify(revision=draft.revision, changed_at=rfc3339(draft.changed_at))


@blueprint.post("/store/customizer/contrast")
@allow("manager")
@answering
def store_customizer_contrast() -> ResponseReturnValue:
    """How a colour that is being picked reads, by the rules of the theme check."""
    body = _sent()
    choice = look_shapes.read_choice(body.get("look"))
    return jsonify(look_shapes.contrast(_theme(choice.handle), choice, str(body.get("value"))))


@blueprint.post("/store/customizer/image")
@allow("manager")
@answering
def store_customizer_image() -> ResponseReturnValue:
    """The body is the picture itself."""
    with transaction(scope()) as session:
        store = own_store(session)
    return jsonify(path=images.keep(store.id, request.get_data()))


@blueprint.post("/store/customizer/link")
@allow("manager")
@answering
def store_customizer_link() -> ResponseReturnValue:
    """A link to the draft for anyone, good for a week."""
    with transaction(scope()) as session:
        store = own_store(session)
    kind = links.Kind.SHARED
    return jsonify(url=f"{store_url(store)}{links.path(store, kind)}/", days=links.LIFETIME[kind].days)


@blueprint.post("/store/customizer/publish")
@allow("manager")
@answering
def store_customizer_publish() -> ResponseReturnValue:
    body = _sent()
    with transaction(scope()) as session:
        publishing.publish(session, store_id=own_store(session).id, revision=_revision(body))
    return jsonify(url=url_for("distributor.store_builds"))


@blueprint.post("/store/customizer/history/<look_id>")
@allow("manager")
@answering
def store_customizer_restore(look_id: str) -> ResponseReturnValue:
    """Let the store wear a look of before again."""
    with transaction(scope()) as session:
        publishing.restore(session, store_id=own_store(session).id, look_id=parse_id("lok", look_id))
    return jsonify(url=url_for("distributor.store_builds"))


def _theme(handle: str) -> Theme:
    with transaction(scope()) as session:
        return look.theme_of(session, tenant_id=own_store(session).tenant_id, handle=handle)


def _sent() -> dict[str, Any]:
    body = json_body(request)
    if not isinstance(body, dict):
        raise ValidationFailed
    return body


def _revision(body: dict[str, Any]) -> int:
    revision = body.get("revision")
    if not isinstance(revision, int) or isinstance(revision, bool):
        raise ValidationFailed
    return revision
