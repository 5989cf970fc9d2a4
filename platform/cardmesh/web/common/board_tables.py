"""A dashboard's tables, each of which is also a picture's and a file's: from `insight.boards` in the reader's words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from ...insight.boards.figures import Figures
from ...insight.boards.rows import ANONYMOUS, NEW, REFUNDED, RETURNING, SOLD
from ...insight.boards.rules import WAITS, ZONE, Step, following, last_days
from ...insight.boards.service import Board, Headline
from ...insight.boards.stock import HORIZON_DAYS, RATE_DAYS
from ...kit import clock
from ...kit.i18n import Text
from ...kit.ids import public_id
from .assets import with_args
from .audiences import Audience
from .board_args import rows_url
from .charts import COUNT, DAYS, MONEY, SHARE, Line, Measure, Table
from .console import t
from .names import channel_name
from .requests import locale

WAIT_NAMES = {
    "within_1s": Text("1 秒内", "within 1 s"),
    "within_5s": Text("1–5 秒", "1–5 s"),
    "within_30s": Text("5–30 秒", "5–30 s"),
    "within_5m": Text("30 秒–5 分钟", "30 s–5 min"),
    "within_1h": Text("5–60 分钟", "5–60 min"),
    "slower": Text("超过 1 小时", "over an hour"),
}


@dataclass(frozen=True, slots=True)
class Writer:
    """Makes the tables of one board for one audience."""

    board: Headline
    audience: Audience

    def course(self) -> Table:
        """Sales by step, divided."""
        parts = self.audience.parts
        drawn = [Measure(_in(name), MONEY, tone) for name, _, tone in parts]
        lead = [Measure(_in(self.audience.sales_name), MONEY)] if len(parts) > 1 else []

        def values(one: Figures) -> tuple[int, ...]:
            return (*([self.audience.sales(one)] if lead else []), *(part(one) for _, part, _ in parts))

        title = t("{what}走势", "{what} over time", what=_in(self.audience.sales_name))
        return self._table("course", title, [*lead, *drawn], self._steps(SOLD, values))

    def returns(self) -> Table:
        """What was given back, by step."""
        failed = self.audience.whole_orders
        measures = [
            Measure(t("退款件数", "Units refunded"), COUNT, "s3"),
            *([Measure(t("未能发货件数", "Units never delivered"), COUNT, "s4")] if failed else []),
            Measure(t("退款金额", "Refunded"), MONEY),
        ]

        def values(one: Figures) -> tuple[int, ...]:
            return (one.refunded, *([one.failed] if failed else []), self.audience.lost(one))

        title = t("退款与失败", "Refunds and failures") if failed else t("退款", "Refunds")
        return self._table("returns", title, measures, self._steps(REFUNDED, values))

    def rates(self) -> Table:
        """What is kept of sales, by step."""
        name = _in(self.audience.rate_name)
        lines = self._steps(SOLD, lambda one: (self.audience.rate(one),))
        return self._table("rates", name, [Measure(name, SHARE, self.audience.parts[-1][2])], lines)

    def buyers(self) -> Table:
        """Orders of new, returning and unknown buyers, by step."""
        measures = [
            Measure(t("新买家", "New buyers"), COUNT, "s1"),
            Measure(t("回头客", "Returning"), COUNT, "s2"),
            Measure(t("无联系方式（API）", "No contact (API)"), COUNT, "s5"),
        ]
        lines = self._steps(NEW, lambda one: (one.firsts, one.returning, one.anonymous))
        return self._table("buyers", t("新老买家", "New and returning buyers"), measures, lines)

    def kinds_of_buyers(self) -> Table:
        """The same in one sum, each with its orders."""
        one = self.board.total
        found = {NEW: (t("新买家", "New buyers"), one.firsts), RETURNING: (t("回头客", "Returning"), one.returning),
                 ANONYMOUS: (t("无联系方式（API）", "No contact (API)"), one.anonymous)}  # fmt: skip
        lines = [
            Line(name, (count, count / one.orders if one.orders else None), self.rows(what))
            for what, (name, count) in found.items()
        ]
        measures = [Measure(t("订单", "Orders")), Measure(t("占比", "Share"), SHARE)]
        return self._table("kinds", t("买家构成", "Who buys"), measures, lines, of=t("买家", "Buyers"))

    def waits(self) -> Table:
        """Orders by the time from payment to delivery."""
        one = self.board.total
        counts = {name: int(getattr(one, name)) for name in WAITS}
        whole = sum(counts.values())
        lines = [
            Line(_in(WAIT_NAMES[name]), (count, count / whole if whole else None), self.rows(SOLD, wait=name))
            for name, count in counts.items()
        ]
        measures = [Measure(t("订单", "Orders"), COUNT, "s1"), Measure(t("占比", "Share"), SHARE)]
        title = t("付款到发货用时", "From payment to delivery")
        return self._table("waits", title, measures, lines, of=t("用时", "Time"))

    def rows(self, what: str, **more: Any) -> str:
        """Where the rows of the whole period are."""
        period, currency = self.board.period, self.board.currency
        return rows_url(self.audience.rows, what, period.since, period.until, currency=currency, **more)

    def _table(
        self, key: str, title: str, measures: Sequence[Measure], lines: Sequence[Line], of: str = "", note: str = ""
    ) -> Table:
        return Table(key, title, of or t("时间", "Time"), measures, lines, self.board.currency, note)

    def _steps(self, what: str, values: Any) -> list[Line]:
        return [Line(name, values(one), href) for name, href, one in self._named_steps(what)]

    def _named_steps(self, what: str) -> Iterator[tuple[str, str, Figures]]:
        period = self.board.period
        for start, one in self.board.series:
            here = start.astimezone(ZONE)
            since, until = max(here, period.since), min(following(here, period.step), period.until)
            hour = {"hour": here.hour} if period.step is Step.HOUR else {}
            href = rows_url(self.audience.rows, what, since, until, currency=self.board.currency, **hour)
            yield step_name(here, period.step, period.days), href, one


@dataclass(frozen=True, slots=True)
class Rankings(Writer):
    """The tables that only a whole board has."""

    board: Board

    def channels(self) -> Table:
        lines = [
            Line(channel_name(name), self._sold(one), self.rows(SOLD, channel=name), with_args(channel=name))
            for name, one in sorted((self.board.channels or {}).items(), key=lambda pair: -pair[1].retail_minor)
        ]
        return self._ranking("channels", t("渠道", "Channels"), lines)

    def hours(self) -> Table:
        """Units by the hour of the day."""
        found = self.board.hours or {}
        lines = [
            Line(f"{hour:02}:00", ((one := found.get(hour, Figures())).units, self.audience.sales(one)),
                 self.rows(SOLD, hour=hour))
            for hour in range(24)
        ]  # fmt: skip
        measures = [Measure(t("件数", "Units"), COUNT, "s1"), Measure(_in(self.audience.sales_name), MONEY)]
        return self._table("hours", t("一天中的时段", "Hours of the day"), measures, lines, of=t("时段", "Hour"))

    def skus(self) -> Table:
        names = self.board.goods_names
        lines = [
            Line(names[sku].full if sku in names else "—", self._sold(one), self.rows(SOLD, sku=public_id("sku", sku)),
                 with_args(sku=public_id("sku", sku)))
            for sku, one in self.board.ranked.skus
        ]  # fmt: skip
        return self._ranking("skus", t("热销商品", "Top goods"), lines, wide=True)

    def categories(self) -> Table:
        found = [(self.board.categories[one], sums) for one, sums in self.board.ranked.categories]
        lines = [
            Line(_in(one.name), self._sold(sums), self.rows(SOLD, category=one.slug), with_args(category=one.slug))
            for one, sums in found
        ]
        return self._ranking("categories", t("类目", "Categories"), lines)

    def suppliers(self) -> Table:
        return self._parties("suppliers", "supplier", "sup", t("供货商", "Suppliers"), self.board.ranked.suppliers)

    def stores(self) -> Table:
        return self._parties("stores", "tenant", "ten", t("分销商", "Distributors"), self.board.stores)

    def stock(self) -> Table:
        """What runs out first."""
        names = self.board.goods_names
        recent = last_days(RATE_DAYS + 1, now=clock.now())
        lines = [
            Line(names[one.sku_id].full if one.sku_id in names else "—", (one.days, one.available, one.sold),
                 rows_url(self.audience.rows, SOLD, recent.since, recent.until, sku=public_id("sku", one.sku_id)),
                 with_args(sku=public_id("sku", one.sku_id)))
            for one in self.board.risks
        ]  # fmt: skip
        measures = [
            Measure(t("还能卖", "Lasts"), DAYS),
            Measure(t("可售件数", "In stock")),
            Measure(t("近 {n} 天售出", "Sold in {n} days", n=RATE_DAYS)),
        ]
        note = t("按近 {n} 天的销量估算，{m} 天内会卖完的商品。", "At the last {n} days' rate, gone within {m} days.",
                 n=RATE_DAYS, m=HORIZON_DAYS)  # fmt: skip
        return self._table("stock", t("缺货风险", "Stock-out risk"), measures, lines, t("商品", "Goods"), note)

    def _parties(self, key: str, name: str, prefix: str, title: str, found: Sequence[tuple[Any, Figures]]) -> Table:
        names = self.board.party_names
        lines = [
            Line(names.get(one, "—"), self._sold(sums), self.rows(SOLD, **{name: public_id(prefix, one)}),
                 with_args(**{name: public_id(prefix, one)}))
            for one, sums in found
        ]  # fmt: skip
        return self._ranking(key, title, lines)

    def _sold(self, one: Figures) -> tuple[int | float | None, ...]:
        """As many values as the narrowest and the widest of the rankings have columns."""
        who = self.audience
        return (who.sales(one), one.units, who.keep(one), one.refunded, who.rate(one))

    def _ranking(self, key: str, title: str, lines: Sequence[Line], *, wide: bool = False) -> Table:
        who = self.audience
        sales, keep = Measure(_in(who.sales_name), MONEY), Measure(_in(who.keep_name), MONEY)
        measures = [sales, Measure(t("件数", "Units")), keep]
        if wide:
            measures.append(Measure(t("退款件数", "Refunded units")))
        if wide and len(who.parts) > 1:
            measures.append(Measure(_in(who.rate_name), SHARE))
        lines = [replace(line, values=line.values[: len(measures)]) for line in lines]
        return self._table(key, title, measures, lines, of=title)


def step_name(start: datetime, step: Step, days: int) -> str:
    """`14:00`, `11-22`, `2026-11`: as short as the period allows."""
    if step is Step.HOUR:
        return f"{start:%H:%M}" if days == 1 else f"{start:%m-%d %H:%M}"
    if step is Step.MONTH:
        return f"{start:%Y-%m}"
    return f"{start:%m-%d}" if days < 300 else f"{start:%Y-%m-%d}"


def _in(text: Text) -> str:
    return text.render(locale())
