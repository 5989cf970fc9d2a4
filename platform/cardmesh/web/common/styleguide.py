"""The living style page: every shared component in every state, from the very macros that screens use.

Development only. `?lang=` and `?theme=` show the other language and the other look.
"""

import uuid
from datetime import timedelta
from typing import Any, NamedTuple

from flask import Blueprint, g, render_template, request

from ...identity.models import Party
from ...identity.sessions.service import SignedIn
from ...kit import clock, runtime
from ...kit.errors import NotFound
from ...kit.i18n import LOCALES, Text
from ...kit.money import Money
from .console import t
from .format import STATES
from .tables import Action, Bulk, Table, columns, empty, filters, whole
from .tables.screen import Shown
from .tables.table import Asked

blueprint = Blueprint("styleguide", __name__)
THEMES = ("light", "dark")


class Sample(NamedTuple):
    name: str
    state: str
    amount: Money
    age: int


ROWS = [
    Sample("腾讯Q币 · 100 元", "active", Money(9_500, "CNY"), 1),
    Sample("Steam Wallet · 20 USD", "paused", Money(2_000, "USD"), 26),
    Sample("云盘会员 · 月卡", "rejected", Money(-1_280, "CNY"), 400),
]
TABLE = Table(
    name="samples",
    title=Text("示例", "Samples"),
    source=whole(lambda _session, _asked: ROWS),
    columns=(
        columns.text("goods", "商品", "Goods", lambda row: row.name, href=lambda _: "#table"),
        columns.code("code", "编号", "Number", lambda row: f"CM{row.age:06d}", roomy=True),
        columns.money("amount", "金额", "Amount", lambda row: row.amount),
        columns.count("age", "小时", "Hours", lambda row: row.age),
        columns.badge("state", "状态", "State", lambda row: row.state),
        columns.prose("note", "备注", "Note", lambda _: None, roomy=True),
        columns.time("at", "时间", "Time", lambda row: clock.now() - timedelta(hours=row.age), sort="at"),
        columns.actions(),
    ),
    filters=(
        filters.search("搜索", "Search", hint=Text("商品", "Goods")),
        filters.states("state", "状态", "State", ("active", "paused", "rejected")),
        filters.tick("in_stock", "只看有货", "In stock only"),
        *filters.days(None),
    ),
    bulk=Bulk(
        endpoint="styleguide.page",
        actions=(
            Action("pause", Text("暂停", "Pause")),
            Action("go", Text("恢复", "Resume"), "primary"),
            Action("remove", Text("移除", "Remove"), "danger"),
        ),
        roles=(),
        id=lambda row: row.name,
        label=lambda row: row.name,
    ),
    empty=empty("还没有内容", "Nothing here yet", "第一条会出现在这里。", "The first one appears here."),
)


@blueprint.get("/styleguide")
def page() -> str:
    """Raises NotFound outside development."""
    if runtime.current().settings.env != "development":
        raise NotFound
    lang, theme = request.args.get("lang"), request.args.get("theme")
    g.locale = lang if lang in LOCALES else None
    g.theme = theme if theme in THEMES else None
    g.person = SignedIn(NOBODY, "ann@example.test", "Ann", "en", Party.PLATFORM, NOBODY, "owner", NOBODY, clock.now())
    return render_template("common/styleguide.html", **_lists(), states=STATES, now=clock.now(), steps=_steps())


NOBODY = uuid.UUID(int=0)


def _lists() -> dict[str, Any]:
    """The list full, empty, narrowed to nothing, and behind its end."""
    options: dict[str, Any] = {"state": [("active", t("在售", "Active")), ("paused", t("已下架", "Paused"))]}

    def shown(rows: list[Sample], **asked: Any) -> Shown:
        cursor = "x" if rows else None
        return Shown(TABLE, Asked(**{"values": {}, **asked}), rows, cursor, cursor, options)

    return {
        "shown": shown(ROWS, sort="at", after="x"),
        "bare": shown([]),
        "narrowed": shown([], values={"q": "x"}),
        "over": shown([], after="x"),
    }


def _steps() -> list[tuple[str, Any]]:
    names = (t("下单", "Placed"), t("已付款", "Paid"), t("已发货", "Delivered"))
    return [(name, clock.now() - timedelta(minutes=9 - 3 * place)) for place, name in enumerate(names)]
