"""Webhook endpoints: where a distributor's programs hear of orders, and what was sent to them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

from flask import g, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit import clock
from ...kit.days import day_of, start_of
from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.events import service as events
from ...kit.events.models import Event, WebhookDelivery, WebhookEndpoint
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.keyset import Query
from ...stores import webhooks
from ..common import forms
from ..common.console import allow, done, person, refused, scope, t
from ..common.tables import Table, columns, empty, filters, listed, screen
from . import blueprint

OLDEST = date(2000, 1, 1)
"""Nothing was sent before."""


def _events(row: WebhookEndpoint) -> str:
    return ", ".join(row.event_types) or t("全部", "All")


ENDPOINTS = Table(
    name="webhooks",
    title=Text("Webhook", "Webhooks"),
    source=listed(
        lambda: select(WebhookEndpoint).where(WebhookEndpoint.tenant_id == person().party_id), WebhookEndpoint.id
    ),
    columns=(
        columns.code(
            "url",
            "网址",
            "URL",
            lambda row: row.url,
            href=lambda row: url_for("distributor.webhook", endpoint_id=public_id("whe", row.id)),
        ),
        columns.text("events", "事件", "Events", _events),
        columns.badge("status", "状态", "State", lambda row: row.status),
        columns.time("created", "创建", "Created", lambda row: row.created_at, roomy=True, sort=WebhookEndpoint.id),
    ),
    empty=empty(
        "还没有回调地址",
        "No endpoints yet",
        "在上方新增一个，订单变化会实时推送。",
        "Add one above and hear of orders as they change.",
    ),
)


class Sent(NamedTuple):
    """One try to deliver, and what it told of."""

    delivery: WebhookDelivery
    type: str

    @property
    def good(self) -> bool:
        return 200 <= (self.delivery.status_code or 0) < 300


def _sent() -> Query:
    return select(WebhookDelivery).where(
        WebhookDelivery.tenant_id == person().party_id, WebhookDelivery.endpoint_id == g.endpoint_id
    )


def _typed(session: Session, rows: Sequence[WebhookDelivery]) -> list[Sent]:
    query = select(Event.id, Event.type).where(Event.id.in_({row.event_id for row in rows}))
    types = dict(session.execute(query).all())
    return [Sent(row, types.get(row.event_id, "")) for row in rows]


LOG = Table(
    name="webhook-log",
    title=Text("发送记录", "Delivery log"),
    source=listed(_sent, WebhookDelivery.id),
    dress=_typed,
    columns=(
        columns.time("created", "时间", "Time", lambda row: row.delivery.created_at, sort=WebhookDelivery.id),
        columns.code("type", "事件", "Event", lambda row: row.type),
        columns.code("event", "事件编号", "Event ID", lambda row: public_id("evt", row.delivery.event_id), roomy=True),
        columns.count("attempt", "第几次", "Try", lambda row: row.delivery.attempt),
        columns.own("answer", "结果", "Answer", lambda row: row.delivery.status_code or row.delivery.error),
    ),
    filters=(filters.tick("failed", "只看失败", "Failures only", lambda _: _failed()),),
    empty=empty(
        "还没有发送过",
        "Nothing sent yet",
        "发送一次测试，看看对方是否收到。",
        "Send a test and see whether it arrives.",
    ),
)


def _failed() -> ColumnElement[bool]:
    return or_(WebhookDelivery.status_code.is_(None), ~WebhookDelivery.status_code.between(200, 299))


@blueprint.get("/webhooks")
def webhooks_list() -> ResponseReturnValue:
    return screen(ENDPOINTS, template="distributor/webhooks.html", event_types=webhooks.EVENT_TYPES)


@blueprint.post("/webhooks")
@allow("manager")
def webhooks_create() -> ResponseReturnValue:
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
def webhook(endpoint_id: str) -> ResponseReturnValue:
    return _page(endpoint_id)


@blueprint.post("/webhooks/<endpoint_id>/secret")
@allow("manager")
def webhook_rotate(endpoint_id: str) -> ResponseReturnValue:
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
    """Send the events of some days again; the last one included."""
    try:
        first, last = forms.day(request.form, "since"), min(forms.day(request.form, "until"), day_of(clock.now()))
        with transaction(scope()) as session:
            webhooks.replay(
                session,
                tenant_id=person().party_id,
                endpoint_id=parse_id("whe", endpoint_id),
                since=start_of(max(first, OLDEST)),
                until=start_of(last + timedelta(days=1)),
            )
    except MeshError as error:
        return refused(error, "distributor.webhook", endpoint_id=endpoint_id)
    return done("已重新排队发送", "Queued to be sent again", "distributor.webhook", endpoint_id=endpoint_id)


def _page(endpoint_id: str, secret: str | None = None) -> ResponseReturnValue:
    with transaction(scope()) as session:
        row = session.get(WebhookEndpoint, (person().party_id, parse_id("whe", endpoint_id)))
    if row is None:
        raise NotFound
    g.endpoint_id, g.screen = row.id, url_for("distributor.webhook", endpoint_id=endpoint_id)
    return screen(LOG, template="distributor/webhook.html", row=row, secret=secret, events=_events(row))
