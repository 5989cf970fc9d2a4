"""Shops made up for checking themes: any size, both languages, all kinds of goods, awkward names among them."""

from site_builder.snapshot import (
    Category,
    Contact,
    Kind,
    Money,
    Page,
    Product,
    Sku,
    Snapshot,
    Stock,
    Store,
    ThemeChoice,
)

KINDS: tuple[Kind, ...] = ("card_key", "file", "top_up", "custom")
STOCKS: tuple[Stock, ...] = ("in_stock", "in_stock", "low", "out")
NAMES = (
    ("Steam 充值卡", "Steam Wallet card"),
    ("影音会员年卡", "Video membership"),
    ("软件永久授权", "Software licence for life"),
    ("话费充值卡", "Phone top-up card"),
    (
        "这是一个特别特别长的商品名称用来检验排版是否会被撑破" * 2,
        "A product name that goes on and on to see what breaks " * 2,
    ),
    ('<b>"引号" & 尖括号</b>', '<b>"quotes" & brackets</b>'),
)
CATEGORIES = (("games", "游戏点卡", "Games"), ("media", "影音会员", "Media"), ("tools", "软件工具", "Tools"))


def sample(products: int) -> Snapshot:
    """A store with so many products; 0 gives a shop without categories, announcement or contact."""
    some = products > 0
    return Snapshot(
        store=Store(
            id="sto_sample",
            handle="sample",
            name={"zh-CN": "样例商城", "en": "Sample store"},
            url="http://sample.localhost",
            locale="zh-CN",
            locales=("zh-CN", "en"),
            currency="CNY",
            contact=Contact(email="help@sample.example", wechat="sample", qq="10000") if some else Contact(),
            announcement={"zh-CN": "本店公告。", "en": "An announcement."} if some else None,
            about={"zh-CN": "关于本店的一段话。", "en": "A few words about us."} if some else None,
        ),
        theme=ThemeChoice(handle="classic"),
        categories=tuple(
            Category(id=f"cat_{slug}", slug=slug, name={"zh-CN": zh, "en": en}, sort=place)
            for place, (slug, zh, en) in enumerate(CATEGORIES if some else ())
        ),
        products=tuple(_product(number) for number in range(products)),
        pages=(Page(slug="terms", title={"zh-CN": "条款", "en": "Terms"}, body="## 一\n\n- 二"),) if some else (),
    )


def _product(number: int) -> Product:
    zh, en = NAMES[number % len(NAMES)]
    return Product(
        id=f"prd_{number}",
        slug=f"goods-{number}",
        name={"zh-CN": f"{zh} {number}", "en": f"{en} {number}"},
        category=f"cat_{CATEGORIES[number % len(CATEGORIES)][0]}",
        description="**说明**\n\n1. 一\n2. 二" if number % 3 else None,
        hot=number % 5 == 0,
        sort=number,
        skus=tuple(_sku(number, place) for place in range(1 + number % 4)),
    )


def _sku(number: int, place: int) -> Sku:
    amount = 1000 * (place + 1) + number
    return Sku(
        id=f"sku_{number}_{place}",
        name=f"¥{10 * (place + 1)}",
        price=Money(amount=amount, currency="CNY"),
        face_value=Money(amount=1000 * (place + 1), currency="CNY") if number % 2 else None,
        kind=KINDS[number % len(KINDS)],
        stock=STOCKS[(number + place) % len(STOCKS)],
        max_quantity=20,
        warranty_hours=72 if number % 3 else 0,
    )
