"""How values look on a page: money, times, states."""

from datetime import datetime
from typing import NamedTuple

from flask import Flask

from ...kit import money
from ...kit.days import ZONE
from ...kit.i18n import Text
from ...kit.ids import public_id
from .requests import locale

STATES: dict[str, tuple[str, str, str]] = {
    "active": ("在售", "Active", "good"),
    "announced": ("公示中", "Announced", "wait"),
    "in_force": ("生效中", "In force", "good"),
    "applied": ("已处理", "Applied", "good"),
    "available": ("可用", "Available", "good"),
    "approved": ("已通过", "Approved", "good"),
    "checking": ("检查中", "Being checked", "wait"),
    "passed": ("已通过", "Passed", "good"),
    "canceled": ("已取消", "Canceled", "muted"),
    "completed": ("已完成", "Completed", "good"),
    "done": ("已完成", "Done", "good"),
    "draft": ("待批准", "To be approved", "wait"),
    "dead": ("已放弃", "Dead", "bad"),
    "delivered": ("已发货", "Delivered", "good"),
    "delivering": ("发货中", "Delivering", "wait"),
    "maintenance": ("维护中", "In maintenance", "wait"),
    "disabled": ("已停用", "Disabled", "muted"),
    "ended": ("已结束", "Ended", "muted"),
    "enabled": ("已启用", "Enabled", "good"),
    "expired": ("已过期", "Expired", "muted"),
    "failed": ("失败", "Failed", "bad"),
    "held": ("已占用", "Held", "wait"),
    "ignored": ("无需处理", "Ignored", "muted"),
    "in_stock": ("有货", "In stock", "good"),
    "inquiry": ("银行询问中", "Inquiry", "wait"),
    "won": ("已胜诉", "Won", "good"),
    "lost": ("已败诉", "Lost", "bad"),
    "leased": ("执行中", "Running", "wait"),
    "planned": ("待生效", "Planned", "wait"),
    "low": ("少量", "Low", "wait"),
    "open": ("处理中", "Open", "wait"),
    "accepted": ("已受理", "Accepted", "good"),
    "out": ("缺货", "Out of stock", "bad"),
    "paid": ("已付款", "Paid", "wait"),
    "partially_completed": ("部分完成", "Partly completed", "wait"),
    "partially_refunded": ("部分退款", "Partly refunded", "muted"),
    "paused": ("已下架", "Paused", "muted"),
    "pending": ("待验证", "Waiting for proof", "wait"),
    "pending_payment": ("待付款", "Awaiting payment", "wait"),
    "pending_review": ("待审核", "In review", "wait"),
    "processing": ("处理中", "Processing", "wait"),
    "proven": ("已验证", "Proven", "wait"),
    "live": ("已上线", "Live", "good"),
    "published": ("已发布", "Published", "good"),
    "queued": ("排队中", "Queued", "wait"),
    "ready": ("等待执行", "Waiting", "wait"),
    "refused": ("已拒收", "Refused", "bad"),
    "refunded": ("已退款", "Refunded", "muted"),
    "rejected": ("已拒绝", "Rejected", "bad"),
    "released": ("已释放", "Released", "muted"),
    "replaced": ("已换货", "Replaced", "muted"),
    "retired": ("已停用", "Retired", "muted"),
    "requested": ("待处理", "Requested", "wait"),
    "reserved": ("已预留", "Reserved", "wait"),
    "resolved": ("已处理", "Resolved", "good"),
    "running": ("进行中", "Running", "wait"),
    "sent": ("已提交", "Sent", "wait"),
    "stored": ("待处理", "Stored", "wait"),
    "succeeded": ("成功", "Succeeded", "good"),
    "superseded": ("已被取代", "Superseded", "muted"),
    "suspended": ("已暂停", "Suspended", "bad"),
    "waiting": ("等待", "Waiting", "wait"),
    "unknown": ("待确认", "Unknown", "wait"),
}
"""State → its name in both languages, and how it feels: good, wait, bad, muted."""


class Badge(NamedTuple):
    """A state that has another name here than elsewhere. `tone` as above."""

    text: Text
    tone: str = "muted"


def as_money(minor: int, currency: str = "CNY") -> str:
    return money.display(minor, currency, locale())


def as_major(minor: int, currency: str = "CNY") -> str:
    """Plain digits for a form field: 9500 → `95.00`."""
    return str(money.to_major(minor, currency))


def as_time(moment: datetime | None) -> str:
    """By the clock of business days (`kit.days`), so that a row lies in the day that boards and filters count it to."""
    return f"{moment.astimezone(ZONE):%Y-%m-%d %H:%M}" if moment else "—"


def shortened(text: str, most: int = 80) -> str:
    """The beginning of what somebody wrote."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def state_name(state: str) -> str:
    zh, en, _ = STATES.get(state, (state, state.replace("_", " ").capitalize(), "muted"))
    return zh if locale() == "zh-CN" else en


def state_tone(state: str) -> str:
    return STATES.get(state, ("", "", "muted"))[2]


def register(app: Flask) -> None:
    app.jinja_env.filters.update(
        money=as_money, major=as_major, time=as_time, state_name=state_name, state_tone=state_tone
    )
    app.jinja_env.globals.update(public_id=public_id)
