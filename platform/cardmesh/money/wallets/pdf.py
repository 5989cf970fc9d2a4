"""A month's statement as a PDF that an accountant files.

Chinese is set in STSong-Light, one of PDF's own CID fonts: nothing to install, nothing embedded; a viewer shows it in
the song face of its machine (docs/decisions: statements).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, Table

from ...kit.days import ZONE
from ...kit.i18n import Text
from ...kit.money import display
from .kinds import kind_text, reference_text
from .periods import PeriodStatement
from .queries import KINDS

FONT = "STSong-Light"
_SAME = {"·": "・", "•": "・", "‧": "・", "£": "￡", "₩": "￦", "€": "€", "¥": "¥", "₹": "INR ", "₫": "VND "}
"""What the font's set lacks, or has though GBK does not, and what stands for it."""
INK, SOFT, RULE = colors.HexColor("#1a1a1a"), colors.HexColor("#6b6b6b"), colors.HexColor("#d8d8d8")
_STYLE = ParagraphStyle("cell", fontName=FONT, fontSize=8, leading=10.5, textColor=INK, wordWrap="CJK")
_TITLE = ParagraphStyle("title", parent=_STYLE, fontSize=15, leading=20)
_HEADS = {
    "available": Text("可用", "Available"),
    "pending": Text("待结算", "Pending"),
    "held": Text("冻结", "Held"),
    "in_transit": Text("提现中", "In transit"),
    "deposit": Text("保证金", "Deposit"),
    "advance": Text("预支", "Advance"),
}
_LINE = (
    Text("时间", "Time"),
    Text("类型", "Kind"),
    Text("摘要", "Reference"),
    Text("变动", "Change"),
    Text("其中可用", "Of it available"),
    Text("余额", "Balance"),
)
_WIDTHS = [mm * width for width in (34, 42, 92, 34, 34, 34)]


@dataclass(frozen=True, slots=True)
class Titles:
    """What stands above: whose statement, of which month, by whom."""

    party: str
    month: str
    issuer: str = "Cardmesh"


def to_pdf(found: PeriodStatement, titles: Titles, *, locale: str) -> bytes:
    """The statement; the same bytes for the same statement."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    target = BytesIO()
    name = Text("对账单", "Statement").render(locale)
    document = SimpleDocTemplate(
        target, pagesize=landscape(A4), leftMargin=12 * mm, rightMargin=12 * mm, topMargin=14 * mm,
        bottomMargin=14 * mm, title=f"{name} {titles.month}", author=titles.issuer, invariant=1,
    )  # fmt: skip
    story = [
        Paragraph(_safe(f"{name} · {titles.month} · {found.currency}"), _TITLE),
        Paragraph(_safe(f"{titles.party} · {titles.issuer} · UTC+8"), _STYLE),
        Spacer(0, 4 * mm),
        _balances(found, locale),
        Spacer(0, 4 * mm),
        _kinds(found, locale),
        Spacer(0, 4 * mm),
        _lines(found, locale),
    ]
    document.build(story, onFirstPage=_footer, onLaterPages=_footer)
    return target.getvalue()


def _balances(found: PeriodStatement, locale: str) -> Table:
    heads = ["", *(_HEADS[kind].render(locale) for kind in KINDS), Text("合计", "Total").render(locale)]
    rows = [heads]
    for title, held in (
        (Text("期初余额", "Opening balance"), found.opening),
        (Text("期末余额", "Closing balance"), found.closing),
    ):
        amounts = [held[kind] for kind in KINDS]
        rows.append([title.render(locale), *(_money(one, found, locale) for one in [*amounts, sum(amounts)])])
    return _table(rows, right_from=1)


def _kinds(found: PeriodStatement, locale: str) -> Table:
    rows = [[Text(*pair).render(locale) for pair in (("类型", "Kind"), ("笔数", "Lines"), ("合计", "Total"))]]
    for kind, (count, minor) in found.by_kind.items():
        rows.append([kind_text(kind).render(locale), str(count), _money(minor, found, locale)])
    count, minor = len(found.lines), sum(line.amount_minor for line in found.lines)
    rows.append([Text("全部", "All").render(locale), str(count), _money(minor, found, locale)])
    return _table(rows, right_from=1, widths=[70 * mm, 30 * mm, 40 * mm])


def _lines(found: PeriodStatement, locale: str) -> Table:
    rows: list[list[Any]] = [[title.render(locale) for title in _LINE]]
    for line in found.lines:
        amounts = (line.amount_minor, line.available_minor, line.balance_minor)
        rows.append(
            [
                f"{line.at.astimezone(ZONE):%Y-%m-%d %H:%M:%S}",
                kind_text(line.kind).render(locale),
                Paragraph(_safe(reference_text(line.reference).render(locale)), _STYLE),
                *(_money(one, found, locale) for one in amounts),
            ]
        )
    return _table(rows, right_from=3, widths=_WIDTHS, long=True)


def _table(
    rows: Sequence[list[Any]], *, right_from: int, widths: Sequence[float] | None = None, long: bool = False
) -> Table:
    made = (LongTable if long else Table)(rows, colWidths=widths, repeatRows=1, hAlign="LEFT")
    made.setStyle(
        [
            ("FONT", (0, 0), (-1, -1), FONT, 8),
            ("TEXTCOLOR", (0, 0), (-1, -1), INK),
            ("TEXTCOLOR", (0, 0), (-1, 0), SOFT),
            ("ALIGN", (right_from, 0), (-1, -1), "RIGHT"),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.25, RULE),
        ]
    )
    return made


def _footer(canvas: Canvas, document: Any) -> None:
    canvas.setFont(FONT, 7)
    canvas.setFillColor(SOFT)
    canvas.drawRightString(landscape(A4)[0] - 12 * mm, 8 * mm, str(document.page))


def _money(minor: int, found: PeriodStatement, locale: str) -> str:
    return _set(display(minor, found.currency, locale))


def _set(text: str) -> str:
    """In characters that the font has: like ones for some, the printers' 〓 for all others, which would come out as
    boxes or, beyond the first plane, spoil the rest of the line."""
    return "".join(_SAME.get(one) or (one if _has(one) else "〓") for one in text)


def _has(character: str) -> bool:
    """The font's set (Adobe-GB1) holds all of GBK."""
    try:
        return bool(character.encode("gbk"))
    except UnicodeEncodeError:
        return False


def _safe(text: str) -> str:
    """A paragraph reads tags: a reference is a person's words."""
    return _set(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
