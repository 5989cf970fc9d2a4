"""The sheet a supplier downloads and fills in: the columns this module reads, two example rows, and notes."""

import io
from collections.abc import Sequence

from ...kit.i18n import Text
from ...kit.sheets import Column, Sheet, write_csv, write_workbook
from .columns import TITLES

_TIERS_SHOWN = 3
COLUMNS = (
    "product",
    "category",
    "sku",
    "face_value",
    "kind",
    "base_price",
    *(f"VIP{level}" for level in range(1, _TIERS_SHOWN + 1)),
    "quantity_prices",
    "min_quantity",
    "max_quantity",
    "stock_cap",
    "warranty_hours",
    "description",
    "currency",
    "file",
    "key",
    "expires_on",
)

_EXAMPLES: tuple[dict[str, Text], ...] = (
    {
        "product": Text("星穹手游点券", "Star Vault game points"),
        "category": Text("games", "games"),
        "sku": Text("100 元", "100 CNY"),
        "face_value": Text("100", "100"),
        "kind": Text("卡密", "card_key"),
        "base_price": Text("95.00", "95.00"),
        "VIP1": Text("94.50", "94.50"),
        "VIP2": Text("94.00", "94.00"),
        "VIP3": Text("93.50", "93.50"),
        "quantity_prices": Text("10:94.2;100:93", "10:94.2;100:93"),
        "min_quantity": Text("1", "1"),
        "max_quantity": Text("50", "50"),
        "warranty_hours": Text("72", "72"),
        "description": Text("登录游戏 → 商城 → 兑换中心", "In the game: Shop → Redeem"),
        "currency": Text("CNY", "CNY"),
        "key": Text("DEMO-0000-0000-0001", "DEMO-0000-0000-0001"),
        "expires_on": Text("2099-12-31", "2099-12-31"),
    },
    {
        "product": Text("考研英语词汇讲义", "Graduate exam vocabulary"),
        "category": Text("education", "education"),
        "sku": Text("电子版", "E-book"),
        "kind": Text("文件", "file"),
        "base_price": Text("12", "12"),
        "stock_cap": Text("500", "500"),
        "warranty_hours": Text("24", "24"),
        "description": Text("付款后下载，限 5 次", "Download after payment, at most five times"),
        "currency": Text("CNY", "CNY"),
        "file": Text("vocabulary.pdf", "vocabulary.pdf"),
    },
)

_NOTES: tuple[Text, ...] = (
    Text(
        "带 * 的列必填；列的顺序可以任意，多余的列会被忽略。",
        "Columns with * are required; their order is free, unknown columns are ignored.",
    ),
    Text("请删除两行示例后再上传。", "Delete the two example rows before uploading."),
    Text(
        "分类：games、phone-cards 等标识，或分类的中文、英文名称。",
        "Category: a slug such as games or phone-cards, or its name in either language.",
    ),
    Text("类型：卡密 或 文件。", "Kind: card_key or file."),
    Text(
        "价格以元为单位，最多两位小数：95、95.00、¥95、1,299.00。",
        "Prices in major units, at most two decimals: 95, 95.00, ¥95, 1,299.00.",
    ),
    Text(
        "阶梯价：数量:单价，用分号分开，如 10:9.3;100:9.1。", "Quantity prices: quantity:price;…, e.g. 10:9.3;100:9.1."
    ),
    Text(
        "一行一张卡密；同一规格的后续行可以只填卡密，其余留空即沿用上一行。",
        "One key per line; further keys of a SKU may leave all other cells blank to continue the row above.",
    ),
    Text(
        "卡密也可写作 卡号----密码 或 账号----密码----邮箱。",
        "A key may also be number----password or account----password----email.",
    ),
    Text(
        "超过 15 位的数字请把列设为“文本”，否则表格软件会改掉末尾数字，导入会拒绝。",
        "Format columns of numbers over 15 digits as text: spreadsheets alter the last digits, so they are refused.",
    ),
    Text("规格可留空，此时以面值命名。", "SKU may stay blank: it is then named after the face value."),
)
_REQUIRED = frozenset({"product", "category", "base_price"})


def template_xlsx(locale: str) -> bytes:
    """An xlsx of two sheets: the rows to fill in, and the notes."""
    buffer = io.BytesIO()
    columns = [
        Column(title, 24 if name in ("product", "description", "key") else 13) for name, title in _header(locale)
    ]
    notes = [[note.render(locale)] for note in _NOTES]
    titles = Text("商品", "Goods"), Text("填写说明", "Notes")
    write_workbook(
        buffer,
        [
            Sheet(titles[0].render(locale), columns, _rows(locale)),
            Sheet(titles[1].render(locale), [Column(titles[1].render(locale), 100)], notes),
        ],
    )
    return buffer.getvalue()


def template_csv(locale: str) -> bytes:
    """The same columns and examples as csv (utf-8 with a byte order mark)."""
    return write_csv(_rows(locale), [title for _, title in _header(locale)])


def _header(locale: str) -> list[tuple[str, str]]:
    return [(name, ("*" if name in _REQUIRED else "") + TITLES[name].render(locale)) for name in COLUMNS]


def _rows(locale: str) -> list[Sequence[str]]:
    return [[row[name].render(locale) if name in row else "" for name in COLUMNS] for row in _EXAMPLES]
