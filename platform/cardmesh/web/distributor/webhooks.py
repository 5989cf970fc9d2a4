"""Webhook endpoints: where a distributor's programs hear of orders, and what was sent to them."""

from datetime import UTC, datetime, timedelta

from flask import request
from sqlalchemy import select
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.events import service as events
from ...kit.events.models import Event, WebhookEndpoint
from ...kit.ids import parse_id, public_id
from ...kit.pages import paginate
from ...stores import webhooks
from ..common import forms
from ..common.console import allow, done, person, refused, render, scope
from ..common.lists import cursor_id
from . import blueprint

LOG = 50


@blueprint.get("/webhooks")
def webhooks_list() -> str:
    with transaction(scope()) as session:
        mine = select(WebhookEndpoint).where(WebhookEndpoint.tenant_id == person().party_id)
        page = paginate(session, mine, WebhookEndpoint.id, after=cursor_id("whe", request.args.get("after")), limit=LOG)
    cursor = public_id("whe", page.rows[-1].id) if page.has_more else None
    return render("distributor/webhooks.html", page=page, cursor=cursor, event_types=webhooks.EVENT_TYPES)


@blueprint.post("/webhooks")
@allow("manager")
def webhooks_create() -> Response | str:
    chosen = [one for one in request.form.getlist("event_type") if one in webhooks.EVENT_TYPES]
    try:
        with transaction(scope()) as session:
            made = webhooks.create(
                session,
                tenant_id=person().party_id,
                url=forms.text(request.form, "url", required=True, most=500),
                event_types=chosen,
            )
    except MeshError as error:
        return refused(error, "distributor.webhooks_list")
    return _page(public_id("whe", made.endpoint.id), made.secret)


@blueprint.get("/webhooks/<endpoint_id>")
def webhook(endpoint_id: str) -> str:
    return _page(endpoint_id)


@blueprint.post("/webhooks/<endpoint_id>/secret")
@allow("manager")
def webhook_rotate(endpoint_id: str) -> str:
    """A new secret, on this answer only."""
    with transaction(scope()) as session:
        secret = webhooks.rotate_secret(session, tenant_id=person().party_id, endpoint_id=parse_id("whe", endpoint_id))
    return _page(endpoint_id, secret)


@blueprint.post("/webhooks/<endpoint_id>/state")
@allow("manager")
def webhook_state(endpoint_id: str) -> Response:
    verbs = {"enable": webhooks.enable, "disable": webhooks.disable, "test": events.send_test}
    try:
        verb = verbs[forms.choice(request.form, "verb", tuple(verbs))]
        with transaction(scope()) as session:
            verb(session, tenant_id=person().party_id, endpoint_id=parse_id("whe", endpoint_id))
    except MeshError as error:
        return refused(error, "distributor.webhook", endpoint_id=endpoint_id)
    return done("已处理", "Done", "distributor.webhook", endpoint_id=endpoint_id)


@blueprint.post("/webhooks/<endpoint_id>/replay")
@allow("manager")
def webhook_replay(endpoint_id: str) -> Response:
    """Send the events of some days again; the days are UTC, the last one included."""
    try:
        since, until = _day("since"), _day("until") + timedelta(days=1)
        with transaction(scope()) as session:
            webhooks.replay(
                session,
                tenant_id=person().party_id,
                endpoint_id=parse_id("whe", endpoint_id),
                since=since,
                until=until,
            )
    except MeshError as error:
        return refused(error, "distributor.webhook", endpoint_id=endpoint_id)
    return done("已重新排队发送", "Queued to be sent again", "distributor.webhook", endpoint_id=endpoint_id)


def _day(name: str) -> datetime:
    try:
        return datetime.strptime(forms.text(request.form, name, required=True), "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        raise forms.refuse(name, "date_unreadable", "日期格式不正确", "This is not a date") from None


def _page(endpoint_id: str, secret: str | None = None) -> str:
    with transaction(scope()) as session:
        row = session.get(WebhookEndpoint, (person().party_id, parse_id("whe", endpoint_id)))
        if row is None:
            raise NotFound
        before = cursor_id("whd", request.args.get("after"))
        log = events.list_deliveries(session, tenant_id=row.tenant_id, endpoint_id=row.id, before=before, limit=LOG + 1)
        ids = {one.event_id for one in log}
        types = dict(session.execute(select(Event.id, Event.type).where(Event.id.in_(ids))).all())
    more, log = len(log) > LOG, log[:LOG]
    cursor = public_id("whd", log[-1].id) if more else None
    return render("distributor/webhook.html", row=row, secret=secret, log=log, types=types, more=more, cursor=cursor)
