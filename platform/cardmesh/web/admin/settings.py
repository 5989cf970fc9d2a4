"""What holds for the whole platform."""

from flask import request
from werkzeug.wrappers import Response

from ...goods.catalog.service import list_categories
from ...identity.settings import service as settings
from ...kit.db import transaction
from ...kit.errors import MeshError
from ..common import forms
from ..common.console import allow, done, refused, render, scope
from . import blueprint

MOST_DAYS = 90


@blueprint.get("/settings", endpoint="settings")
def settings_page() -> str:
    with transaction(scope()) as session:
        now = settings.read(session)
        categories = list_categories(session)
    return render("admin/settings.html", now=now, categories=categories)


@blueprint.post("/settings")
@allow()
def settings_change() -> Response:
    """A box that is not ticked is not sent: it is off."""
    with transaction(scope()) as session:
        settings.change(session, {name: name in request.form for name in settings.SWITCHES})
    return done("已保存", "Saved", "admin.settings")


@blueprint.post("/settings/hold")
@allow("finance")
def settings_hold() -> Response:
    """Sales from now on settle no sooner; those that are delivered keep their day."""
    try:
        with transaction(scope()) as session:
            settings.change(session, {"hold_days": forms.whole(request.form, "hold_days", most=MOST_DAYS)})
    except MeshError as error:
        return refused(error, "admin.settings")
    return done("已保存，今后的销售按此结算", "Saved; it holds for sales from now on", "admin.settings")


@blueprint.post("/settings/categories")
@allow("manager")
def settings_categories() -> Response:
    """What is ticked is allowed; offers that stand in a closed category go on."""
    chosen = set(request.form.getlist("category"))
    with transaction(scope()) as session:
        closed = sorted(row.slug for row in list_categories(session) if row.slug not in chosen)
        settings.change(session, {"closed_categories": closed})
    return done("已保存", "Saved", "admin.settings")
