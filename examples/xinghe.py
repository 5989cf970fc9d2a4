"""星河数卡: an xlsx with title rows, columns of its own, keys below each offer; big goods have a file each."""

from datetime import date
from pathlib import Path
from random import Random

from .book import FORMULA_ERROR, Book
from .catalog import Good, goods
from .codes import make_key
from .prices import as_typed, ask

CATEGORIES = {"games": "游戏", "phone-cards": "话费卡", "memberships": "影音会员", "gift-cards": "礼品卡"}
HEADER = [
    *("序号", "*商品名称", "分类", "规格", "面值（元）", "供货价(元)", "VIP1价", "VIP2价", "VIP3价", "阶梯价"),
    *("起购", "限购", "质保(小时)", "更新日期", "说明", "卡密", "密码", "备注"),
]
TITLES = [["星河数卡 2026年11月 供货价目表"], ["联系人：林经理　QQ/微信同号　周一至周日 9:00–23:00"], []]
KEYS_PER_OFFER = 40
BIG = {
    ("星穹手游点券", "100 元"): ("xinghe-keys-xingqiong-100.xlsx", 1_000),
    ("幻域端游点卡", "100 元"): ("xinghe-keys-huanyu-100.xlsx", 1_000),
    ("北星移动话费卡", "50 元"): ("xinghe-keys-beixing-50.xlsx", 1_000),
    ("北星移动话费卡", "100 元"): ("xinghe-keys-beixing-100.xlsx", 1_000),
    ("青柠音乐豪华会员", "月卡"): ("xinghe-keys-qingning-month.xlsx", 1_000),
}
UPDATED = date(2026, 11, 1)


def make(folder: Path, rng: Random, seen: set[tuple[str, ...]]) -> list[Book]:
    mine = [good for good in goods() if good.category in CATEGORIES]
    offers = Book(folder / "xinghe-offers.xlsx", HEADER, seen, TITLES)
    for number, good in enumerate(mine, start=1):
        _offer(offers, rng, number, good)
    _spoil(offers, rng, len(mine))
    offers.write_xlsx("供货表")
    return [offers, *(_key_book(folder, rng, seen, good) for good in mine if _slot(good) in BIG)]


def _slot(good: Good) -> tuple[str, str]:
    return good.product, good.sku


def _offer(book: Book, rng: Random, number: int, good: Good) -> None:
    price = ask(rng, good.price)
    keys = [] if _slot(good) in BIG else [make_key(rng, good.keys) for _ in range(KEYS_PER_OFFER)]
    base = float(price.base) if rng.random() < 0.6 else as_typed(rng, price.base)
    first, *others = keys or [()]
    book.add(
        *(float(number), good.product, CATEGORIES[good.category], "" if good.face else good.sku, good.face, base),
        *(*map(float, price.tiers), price.steps_text, 1.0, 50.0, float(good.warranty), UPDATED, good.description),
        *_key_cells(first),
        offer=(good.category, good.product, good.sku),
        key=first or None,
    )
    for key in others:
        book.add(*[None] * 15, *_key_cells(key), key=key)


def _key_cells(key: tuple[str, ...]) -> tuple[str, str]:
    """One part alone; number and password in two columns; an account as this trade writes it, in one cell."""
    if len(key) == 2:
        return key[0], key[1]
    return "----".join(key), ""


def _spoil(book: Book, rng: Random, number: int) -> None:
    """The accidents of a real sheet, at its end, as they get typed in a hurry."""
    first = next(key for key in sorted(book.seen) if len(key) == 1 and key[0].startswith("DEMO"))
    fine = make_key(rng, "code")

    def row(
        product: str, category: str, sku: str, price: str | float, key: str | float = ""
    ) -> list[str | float | None]:
        return [float(number + 1), product, category, sku, "", price, *[None] * 9, key]

    book.add(*row("星际远征点券", "游戏", "100 元", 95.5, fine[0]), key=fine, offer=("games", "星际远征点券", "100 元"))
    book.add(*[None] * 15, 12345678901234567.0, error="sheet_number_damaged")
    book.add(*[None] * 15, first[0].lower().replace("-", " "), key=first)
    book.add(*row("星际远征点券", "游戏", "100元", 95.5), error="import_key_missing")
    book.add(*row("星际远征点券", "游戏", "300 元", -285.0, "DEMO-BAD1-PRICE-0001"), error="import_amount_not_positive")
    book.add(*[None] * 15, "DEMO-BAD1-PRICE-0002", error="import_offer_above_rejected")
    book.add(*row("幸运刮刮乐", "彩票", "10 元", 9.5), error="import_category_unknown")
    book.add(*row("星际远征点券", "游戏", "500 元", FORMULA_ERROR), error="sheet_formula_error")
    book.add(*row("星际远征点券", "游戏", "600 元", "面议"), error="import_amount_unreadable")


def _key_book(folder: Path, rng: Random, seen: set[tuple[str, ...]], good: Good) -> Book:
    name, count = BIG[_slot(good)]
    pair = good.keys == "pair"
    book = Book(folder / name, ["卡号", "密码", "有效期"] if pair else ["激活码", "有效期"], seen)
    keys = [make_key(rng, good.keys) for _ in range(count)]
    for key in keys:
        book.add(*key, "2031-12-31" if pair else date(2031, 12, 31), key=key)
    if pair:
        book.add(make_key(rng, "pair")[0], "", "2031-12-31", error="import_key_missing")
        book.add(*make_key(rng, "pair"), "2024-01-01", error="import_key_expired")
        book.add(10023456789012345.0, "000123456789012345", "2031-12-31", error="sheet_number_damaged")
    else:
        book.add("DEM", date(2031, 12, 31), error="import_key_too_short")
        book.add(98765432109876543.0, date(2031, 12, 31), error="sheet_number_damaged")
    book.add(*keys[-1], "2031-12-31", key=keys[-1])
    book.write_xlsx("Sheet1")
    return book
