"""What can be wrong with a line of a supplier's sheet. Codes are stable; messages come in both languages.

Params never hold a key: other cells are quoted, shortened, so that a supplier finds the place.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...kit.i18n import Text
from ...kit.sheets.errors import MARKS
from .columns import TITLES

_QUOTED_CHARS = 40

TEXTS: dict[str, Text] = {
    "import_cell_missing": Text("{column}：不能为空", "{column}: must not be empty"),
    "import_name_empty": Text("{column}：名称中没有文字", "{column}: there is no word in this name"),
    "import_text_too_long": Text("{column}：超过 {limit} 个字符", "{column}: longer than {limit} characters"),
    "import_amount_unreadable": Text("{column}：无法识别的金额“{value}”", '{column}: cannot read the amount "{value}"'),
    "import_amount_decimals": Text(
        "{column}：“{value}”的小数超过 {places} 位", '{column}: "{value}" has more than {places} decimals'
    ),
    "import_amount_not_positive": Text(
        "{column}：“{value}”必须大于 0", '{column}: "{value}" must be greater than zero'
    ),
    "import_amount_absurd": Text(
        "{column}：“{value}”超出合理范围（上限 {limit}）", '{column}: "{value}" is beyond reason (at most {limit})'
    ),
    "import_currency_unknown": Text("未知的币种“{value}”", 'Unknown currency "{value}"'),
    "import_currency_mismatch": Text(
        "{column}：“{value}”与币种 {currency} 不一致", '{column}: "{value}" is not in {currency}'
    ),
    "import_category_unknown": Text("未知的分类“{value}”", 'Unknown category "{value}"'),
    "import_kind_unknown": Text("未知的类型“{value}”", 'Unknown kind "{value}"'),
    "import_kind_unsupported": Text("类型“{value}”不能用表格导入", 'Goods of kind "{value}" cannot come from a sheet'),
    "import_number_unreadable": Text("{column}：“{value}”不是有效的整数", '{column}: "{value}" is not a whole number'),
    "import_quantities_crossed": Text(
        "起购 {minimum} 大于限购 {maximum}", "Minimum {minimum} is above the maximum {maximum}"
    ),
    "import_tier_above_base": Text("{column}：高于供货价", "{column}: above the base price"),
    "import_quantity_prices_unreadable": Text(
        "{column}：“{value}”应写作 10:9.3;100:9.1", '{column}: write "{value}" like 10:9.3;100:9.1'
    ),
    "import_quantity_prices_order": Text(
        "{column}：数量须递增，价格须递减且不高于供货价",
        "{column}: quantities must rise, prices must fall and not exceed the base price",
    ),
    "import_offer_conflict": Text(
        "与第 {first_line} 行是同一规格，但{column}不同", "Same SKU as line {first_line}, but {column} differs"
    ),
    "import_offer_repeated": Text("与第 {first_line} 行重复", "Repeats line {first_line}"),
    "import_offer_above_rejected": Text(
        "沿用的第 {first_line} 行未被接受", "Continues line {first_line}, which was refused"
    ),
    "import_offer_missing": Text("上方没有可沿用的商品", "There is no product above to continue"),
    "import_key_missing": Text("缺少卡密", "The key is missing"),
    "import_key_unreadable": Text("卡密格式无法识别", "The key cannot be read"),
    "import_key_too_short": Text("卡密过短（少于 {limit} 个字符）", "The key is shorter than {limit} characters"),
    "import_key_too_long": Text("卡密过长（超过 {limit} 个字符）", "The key is longer than {limit} characters"),
    "import_key_expired": Text("卡密已于 {date} 过期", "The key expired on {date}"),
    "import_key_on_file": Text("文件类商品不能带卡密", "A file cannot carry a key"),
    "import_date_unreadable": Text("{column}：无法识别的日期“{value}”", '{column}: cannot read the date "{value}"'),
    **MARKS,
}


@dataclass(frozen=True, slots=True)
class LineError:
    """One thing wrong with one line. `params["column"]`, when there, is a column's name (see `columns.TITLES`)."""

    line: int
    code: str
    params: Mapping[str, str | int] = field(default_factory=dict)

    def message(self, locale: str) -> str:
        return render(self.code, self.params, locale)


class CellRefused(Exception):
    """Raised while reading one cell; the row reader adds line and column."""

    def __init__(self, code: str, **params: str | int) -> None:
        super().__init__(code)
        self.code, self.params = code, params


def render(code: str, params: Mapping[str, object], locale: str) -> str:
    """The message of a stored code and params; marks of the sheet itself get their column in front."""
    column = params.get("column")
    title = TITLES[str(column)].render(locale) if column in TITLES else str(column or "")
    message = TEXTS[code].render(locale, **{**params, "column": title})
    return f"{title}: {message}" if code in MARKS and title else message


def quote(value: str) -> str:
    """A cell as an error may show it. Never for keys."""
    return value if len(value) <= _QUOTED_CHARS else value[: _QUOTED_CHARS - 1] + "…"
