"""Harbor Digital: English headers in an order of its own, utf-8, every row whole; and one tab-separated utf-16 list."""

from pathlib import Path
from random import Random

from .book import Book
from .catalog import CATEGORIES, Good, goods
from .codes import make_key
from .prices import ask, wide

HEADER = [
    *("Key", "Password", "Valid until", "SKU", "Product name", "Category", "Kind", "Currency", "Unit price"),
    *("VIP1 price", "VIP2 price", "VIP3 price", "Quantity prices", "MOQ", "Max", "Stock limit", "Warranty hours"),
    *("Instructions", "File name", "Internal ref"),
]
KEYS_PER_OFFER = 30
LIST = ("环球应用商店礼品卡", "25 美元")
LIST_FILE, LIST_COUNT = "harbor-keys-appstore-25.txt", 400
HANDBOOK = ("提示词写作手册", "EPUB", "Cloud & AI", "15.00", "prompt-handbook.epub")


def make(folder: Path, rng: Random, seen: set[tuple[str, ...]]) -> list[Book]:
    offers = Book(folder / "harbor-offers.csv", HEADER, seen)
    for number, good in enumerate(_mine(), start=1):
        _offer(offers, rng, good, f"HD-{number:04}")
    product, sku, category, price, file = HANDBOOK
    offers.add(
        *("", "", "", sku, product, category, "file", "CNY", price, "14.90", "14.80", "14.50", "", "1", "1", "1,000"),
        *("24", "Download within 30 days", file, "HD-F001"),
        offer=("cloud-ai", product, sku),
    )
    _spoil(offers, rng)
    offers.write_csv("utf-8-sig")
    return [offers, _list(folder, rng, seen)]


def _mine() -> list[Good]:
    """Software and cloud, every other office product, and every other gift card."""
    products = list(dict.fromkeys(good.product for good in goods() if good.category in ("office", "gift-cards")))
    shared = {*products[1::2], LIST[0]}
    return [good for good in goods() if good.category in ("software", "cloud-ai") or good.product in shared]


def _offer(book: Book, rng: Random, good: Good, reference: str) -> None:
    price = ask(rng, good.price)
    category = next(english for slug, _, english in CATEGORIES if slug == good.category)
    base = rng.choice((f"{price.base:,.2f}", f"CNY {price.base}", f"¥{price.base:,}", f"{price.base}"))
    terms = (
        *(wide(good.sku) if rng.random() < 0.3 else f"{good.sku} ", good.product, category, "card_key", "CNY", base),
        *(
            *map(str, price.tiers),
            price.steps_text,
            "1",
            "100",
            "",
            str(good.warranty),
            good.description,
            "",
            reference,
        ),
    )
    sku = (good.category, good.product, good.sku)
    alone = sku[1:] == LIST
    keys = [()] if alone else [make_key(rng, good.keys) for _ in range(KEYS_PER_OFFER)]
    for number, key in enumerate(keys):
        code, password = (*key, "", "")[:2]
        book.add(code, password, "2032-06-30" if code else "", *terms, offer=None if number else sku, key=key or None)


def _spoil(book: Book, rng: Random) -> None:
    fine = make_key(rng, "code")

    def row(sku: str, price: str, *rest: str, key: str = "", kind: str = "card_key") -> list[str]:
        """rest: VIP1–3 prices, quantity prices, minimum, maximum."""
        return [key, "", "", sku, "远程打印助手", "Software", kind, "CNY", price, *rest]

    book.add(*row("标准版", "50.00", key=fine[0]), key=fine, offer=("software", "远程打印助手", "标准版"))
    book.add(*row("标准版", "50.00", key=fine[0]), key=fine)
    book.add(*row("标准版", "", key=fine[0].lower()), key=fine)
    book.add(*row("标准版", "55.00", key="DEMO-BAD3-PRICE-0001"), error="import_offer_conflict")
    book.add(*row("小数版", "12.345", key="DEMO-BAD3-PRICE-0002"), error="import_amount_decimals")
    book.add(*row("美元版", "$9.90"), error="import_currency_mismatch")
    book.add(*row("无价版", ""), error="import_cell_missing")
    book.add(*row("倒挂版", "10.00", "10.50", "", ""), error="import_tier_above_base")
    book.add(*row("阶梯版", "10.00", "", "", "", "10=9.3,100"), error="import_quantity_prices_unreadable")
    book.add(*row("数量版", "10.00", "", "", "", "", "20", "10"), error="import_quantities_crossed")
    book.add(*row("离谱版", "88,888,888"), error="import_amount_absurd")
    book.add(*row("未知版", "10.00", kind="mystery"), error="import_kind_unknown")


def _list(folder: Path, rng: Random, seen: set[tuple[str, ...]]) -> Book:
    """What a Windows program saves as "Unicode text"."""
    book = Book(folder / LIST_FILE, ["Redeem code", "Expiry"], seen)
    keys = [make_key(rng, "code") for _ in range(LIST_COUNT)]
    for key in keys:
        book.add(key[0], "2032-06-30", key=key)
    book.add(keys[-1][0], "2032-06-30", key=keys[-1])
    book.add(make_key(rng, "code")[0], "2024-01-31", error="import_key_expired")
    book.add("", "2032-06-30", error="import_key_missing")
    book.write_csv("utf-16", delimiter="\t")
    return book
