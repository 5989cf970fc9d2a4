"""What holds for the whole platform."""

from flask import request
from werkzeug.wrappers import Response

from ...identity.settings import service as settings
from ...kit.db import transaction
from ..common.console import allow, done, render, scope
from . import blueprint


@blueprint.get("/settings", endpoint="settings")
def settings_page() -> str:
    with transaction(scope()) as session:
        now = settings.read(session)
    return render("admin/settings.html", now=now)


@blueprint.post("/settings")
@allow()
def settings_change() -> Response:
    """A box that is not ticked is not sent: it is off."""
    with transaction(scope()) as session:
        settings.change(session, {name: name in request.form for name in settings.NAMES})
    return done("已保存", "Saved", "admin.settings")
