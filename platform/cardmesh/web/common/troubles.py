"""Refunds that a gateway refused, and disputes: the same lists on the platform's and the distributor's screen."""

import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from flask import Blueprint, url_for
from sqlalchemy import ColumnElement
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from ...kit.db import transaction
from ...kit.errors import MeshError, NotFound
from ...kit.i18n import Text
from ...kit.ids import parse_id, public_id
from ...kit.keyset import Query
from ...kit.money import Money
from ...money.models import Refund
from ...money.payments import refunds as gateway_refunds
from ...money.payments.models import Dispute
from . import undo
from .console import allow, done, scope, sent_back
from .names import dispute_reason
from .tables import Action, Bulk, Table, columns, empty, filters, listed
from .tables.columns import Column

STATES = ("inquiry", "open", "won", "lost")
UNDECIDED = ("inquiry", "open")
Names = Callable[[Session, Collection[uuid.UUID]], dict[uuid.UUID, str]]


class Trouble(NamedTuple):
    """A refund or a dispute, and whose sale it is of."""

    row: Refund | Dispute
    who: str

    @property
    def amount(self) -> Money:
        return Money(self.row.amount_minor, self.row.currency)


@dataclass(frozen=True, slots=True)
class Troubles:
    """Of one console: `refunds` and `disputes` are what it may see, `names` where it sees several distributors',
    `roles` who has a refund tried again."""

    face: str
    refunds: Callable[[], Query]
    disputes: Callable[[], Query]
    roles: Sequence[str]
    names: Names | None = None
    page: str = ""
    """The endpoint of a dispute's own page, where there is one."""

    def failed(self) -> Table:
        """Refunds to be tried again, one or many."""
        return Table(
            name="failed-refunds",
            prefix="refunds_",
            title=Text("失败的退款", "Refunds that failed"),
            source=listed(lambda: self.refunds().where(Refund.status == gateway_refunds.FAILED), Refund.id),
            dress=self._named,
            columns=(
                self._time(Refund.id),
                *self._whose(),
                columns.money("amount", "金额", "Amount", lambda one: one.amount),
                columns.code("failure", "渠道答复", "The gateway says", lambda one: one.row.failure),
                columns.count("attempt", "第几次", "Try", lambda one: one.row.attempt),
                columns.code("id", "编号", "ID", lambda one: public_id("rfd", one.row.id), only_file=True),
                columns.actions(),
            ),
            bulk=Bulk(
                endpoint=f"{self.face}.refunds_retry",
                actions=(Action("retry", Text("重试", "Try again"), "primary"),),
                roles=self.roles,
                id=lambda one: public_id("rfd", one.row.id),
                label=lambda one: public_id("rfd", one.row.id),
            ),
            empty=empty(
                "没有失败的退款",
                "No refund has failed",
                "渠道拒绝的退款会列在这里，可以重试。",
                "What a gateway refuses is listed here, to be tried again.",
            ),
        )

    def disputed(self) -> Table:
        return Table(
            name="disputes",
            title=Text("拒付争议", "Disputes"),
            source=listed(self.disputes, Dispute.id),
            dress=self._named,
            columns=(
                self._time(Dispute.id),
                *self._whose(),
                columns.money("amount", "金额", "Amount", lambda one: one.amount),
                columns.text("reason", "原因", "Reason", _reason, href=self._dispute),
                columns.code("ref", "渠道编号", "Gateway's ID", lambda one: one.row.gateway_ref, roomy=True),
                columns.badge("status", "状态", "State", lambda one: one.row.status),
                columns.time(
                    "due", "答复期限", "Answer by", lambda one: one.row.due_by if one.row.status in UNDECIDED else None
                ),
                columns.time("answered", "已提交证据", "Answered", lambda one: one.row.answered_at, only_file=True),
                columns.time("decided", "裁决时间", "Decided", lambda one: one.row.decided_at, roomy=True),
            ),
            filters=(
                filters.search("渠道编号", "Gateway's ID", _known_by),
                filters.states("status", "状态", "State", STATES, Dispute.status),
            ),
            empty=empty(
                "没有争议",
                "No disputes",
                "买家向银行要求退回的款项会出现在这里；争议期间相关款项被冻结。",
                "Payments that a buyer's bank wants back appear here; the money is held while it decides.",
            ),
        )

    def _named(self, session: Session, rows: Sequence[Refund | Dispute]) -> list[Trouble]:
        names = self.names(session, {row.tenant_id for row in rows}) if self.names else {}
        return [Trouble(row, names.get(row.tenant_id, "")) for row in rows]

    def _whose(self) -> Sequence[Column]:
        return [columns.text("who", "分销商", "Distributor", lambda one: one.who)] if self.names else []

    def _time(self, key: object) -> Column:
        return columns.time("created", "时间", "Time", lambda one: one.row.created_at, href=self._order, sort=key)

    def _dispute(self, one: Trouble) -> str | None:
        return url_for(self.page, dispute_id=public_id("dsp", one.row.id)) if self.page else None

    def _order(self, one: Trouble) -> str | None:
        order_id = one.row.order_id
        return url_for(f"{self.face}.order", order_id=public_id("ord", order_id)) if order_id else None


def add_retry(blueprint: Blueprint, troubles: Troubles) -> None:
    """`/refunds/retry`: ask the gateway again for every refund that was ticked, once its reason is gone; for all of
    them or none."""

    @blueprint.post("/refunds/retry")
    @allow(*troubles.roles)
    def refunds_retry() -> Response:
        back = f"{troubles.face}.payments_list"
        try:
            ids = sorted(parse_id("rfd", one) for one in undo.chosen())
            with transaction(scope()) as session:
                for refund_id in ids:
                    if session.scalar(troubles.refunds().where(Refund.id == refund_id)) is None:
                        raise NotFound
                    gateway_refunds.retry(session, refund_id=refund_id)
        except MeshError as error:
            return sent_back(error, back)
        return done("已重新发起退款", "The refund is asked for again", back)


def _reason(one: Trouble) -> str:
    return dispute_reason(one.row.reason) or "—"


def _known_by(q: str) -> ColumnElement[bool]:
    return Dispute.gateway_ref == q
