"""北辰数字供应: a GBK csv out of an old shop system, repeated cells left blank, account----password."""

from pathlib import Path
from random import Random

from .book import Book
from .catalog import Good, goods
from .codes import make_key
from .prices import as_typed, ask, wide

HEADER = [
    "分类",
    "商品",
    "面额名",
    "单价",
    "VIP1",
    "VIP2",
    "VIP3",
    "批量价",
    "售后",
    "有效期",
    "卡密信息",
    "类型",
    "文件名",
]
CATEGORIES = {
    "games": "games",
    "phone-cards": "话费卡",
    "memberships": "影音会员",
    "education": "教育",
    "office": "办公",
}
KEYS_PER_OFFER = 30
ACCOUNTS = ("云影视会员", "月卡")
ACCOUNT_FILE, ACCOUNT_COUNT = "beichen-keys-yunyingshi-month.txt", 600
DOCUMENTS = (
    ("education", "教育", "考研英语词汇讲义", "电子版", "9.9", "kaoyan-vocabulary.pdf"),
    ("office", "办公", "办公模板合集", "2026版", "19.90元", "office-templates.zip"),
)


def make(folder: Path, rng: Random, seen: set[tuple[str, ...]]) -> list[Book]:
    theirs = next(key for key in sorted(seen) if len(key) == 1 and key[0].startswith("DEMO"))
    offers = Book(folder / "beichen-offers.csv", HEADER, seen)
    above = ""
    for good in _mine():
        _offer(offers, rng, good, repeats=good.product == above)
        above = good.product
    for slug, category, product, sku, price, file in DOCUMENTS:
        offers.add(category, product, sku, price, *[""] * 4, "1天", "", "", "文件", file, offer=(slug, product, sku))
    _spoil(offers, rng, theirs)
    offers.write_csv("gb18030")
    return [offers, _accounts(folder, rng, seen)]


def _mine() -> list[Good]:
    """All of education, office and memberships, and every other game and phone card of the first supplier's."""
    products = list(dict.fromkeys(good.product for good in goods() if good.category in ("games", "phone-cards")))
    shared = set(products[::2])
    return [
        good for good in goods() if good.category in ("memberships", "education", "office") or good.product in shared
    ]


def _offer(book: Book, rng: Random, good: Good, repeats: bool) -> None:
    price = ask(rng, good.price)
    keys = [] if (good.product, good.sku) == ACCOUNTS else [make_key(rng, good.keys) for _ in range(KEYS_PER_OFFER)]
    first, *others = keys or [()]
    days = f"{good.warranty // 24}天"
    names = ("", "") if repeats else (CATEGORIES[good.category], _respell(good.product))
    book.add(
        *(*names, good.sku.replace(" ", ""), as_typed(rng, price.base), *(f"{tier}" for tier in price.tiers)),
        *(price.steps_text.replace(";", "；").replace(":", "："), days, _until(first), _one_cell(first)),
        offer=(good.category, good.product, good.sku),
        key=first or None,
    )
    for key in others:
        book.add(*[""] * 9, _until(key), _one_cell(key), key=key)


def _respell(product: str) -> str:
    """The same name as another person types it: wide letters, a stray space after the second character."""
    return f"{product[:2]} {wide(product[2:])}" if len(product) % 2 else wide(product)


def _one_cell(key: tuple[str, ...]) -> str:
    return ("----" if len(key) == 3 else " ").join(key)


def _until(key: tuple[str, ...]) -> str:
    return "2031/12/31" if len(key) == 2 else ""


def _spoil(book: Book, rng: Random, theirs: tuple[str, ...]) -> None:
    fine = make_key(rng, "code")

    def row(category: str, sku: str, price: str, expires: str = "", key: str = "", kind: str = "") -> list[str]:
        return [category, "文档水印工具", sku, price, *[""] * 5, expires, key, kind]

    book.add(
        *row("office", "体验版", "1.00", "", fine[0], "卡密"), key=fine, offer=("office", "文档水印工具", "体验版")
    )
    book.add(*[""] * 10, theirs[0], key=theirs)
    book.add(*[""] * 10, "1.23457E+17", error="sheet_number_damaged")
    book.add(*[""] * 9, "2024.1.1", make_key(rng, "code")[0], error="import_key_expired")
    book.add_raw(',,,,,,,,,,"DEMO"-QUOT-E000-0001,,', error="sheet_quote_broken")
    book.add(*row("office", "进阶版", "9.999", "", "DEMO-BAD2-PRICE-0001"), error="import_amount_decimals")
    book.add(*row("", "高级版", "9.9"), error="import_cell_missing")
    book.add(*row("占卜", "至尊版", "9.9"), error="import_category_unknown")
    book.add(*row("games", "直充版", "9.9", kind="直充"), error="import_kind_unsupported")
    book.add(*row("games", "负数版", "-9.9"), error="import_amount_not_positive")


def _accounts(folder: Path, rng: Random, seen: set[tuple[str, ...]]) -> Book:
    """No header, one account a line, from a notepad."""
    book = Book(folder / ACCOUNT_FILE, [], seen)
    keys = [make_key(rng, "account") for _ in range(ACCOUNT_COUNT)]
    for number, key in enumerate(keys):
        shown = key if number % 3 else key[:2]
        book.add("----".join(shown), key=key)
    book.add("----".join(keys[-1]), key=keys[-1])
    book.add("no", error="import_key_too_short")
    book.add(f"{make_key(rng, 'account')[0]}----", error="import_key_missing")
    book.write_csv("gb18030")
    return book
