"""The columns of suppliers' sheets, in the words suppliers use. The first alias of each is its title in Chinese."""

from collections.abc import Mapping

from ...kit.i18n import Text

TIERS = tuple(f"VIP{level}" for level in range(1, 10))

_OFFER: dict[str, tuple[Text, tuple[str, ...]]] = {
    "product": (Text("商品名称", "product"), ("商品", "品名", "产品", "产品名称", "名称", "product name", "name")),
    "category": (Text("分类", "category"), ("类目", "商品分类", "类别", "所属分类")),
    "sku": (Text("规格", "sku"), ("面额名", "规格名称", "面额名称", "套餐", "型号", "variant", "denomination")),
    "face_value": (Text("面值", "face_value"), ("面额", "面值金额", "官方价", "face")),
    "kind": (Text("类型", "kind"), ("商品类型", "发货类型", "发货方式", "type", "delivery")),
    "base_price": (
        Text("供货价", "base_price"),
        ("价格", "单价", "供价", "成本价", "进价", "结算价", "price", "cost", "unit price", "wholesale price"),
    ),
    "quantity_prices": (
        Text("阶梯价", "quantity_prices"),
        ("批量价", "数量价", "阶梯价格", "批发价", "quantity price", "bulk prices", "volume prices"),
    ),
    "min_quantity": (Text("起购", "min_quantity"), ("起购数量", "最小数量", "起批", "min", "moq", "minimum")),
    "max_quantity": (Text("限购", "max_quantity"), ("限购数量", "最大数量", "单次限购", "max", "maximum")),
    "stock_cap": (Text("库存上限", "stock_cap"), ("库存", "可售数量", "stock", "stock limit")),
    "warranty_hours": (
        Text("质保(小时)", "warranty_hours"),
        ("质保", "质保时间", "售后时间", "质保期", "售后", "warranty", "warranty hours"),
    ),
    "description": (
        Text("说明", "description"),
        ("商品说明", "描述", "使用说明", "备注说明", "details", "instructions"),
    ),
    "currency": (Text("币种", "currency"), ("货币",)),
    "file": (Text("文件名", "file"), ("文件", "附件", "filename", "file name")),
}

_KEY: dict[str, tuple[Text, tuple[str, ...]]] = {
    "key": (
        Text("卡密", "key"),
        (
            "激活码",
            "兑换码",
            "充值码",
            "序列号",
            "授权码",
            "券码",
            "卡密信息",
            "CDK",
            "CDKEY",
            "keys",
            "code",
            "card key",
            "license key",
            "redeem code",
            "activation code",
            "serial",
        ),
    ),
    "card_number": (Text("卡号", "card_number"), ("充值卡号", "卡片号码", "card no", "card")),
    "account": (Text("账号", "account"), ("帐号", "账户", "用户名", "登录账号", "username", "user", "login")),
    "password": (
        Text("密码", "password"),
        ("卡密码", "充值密码", "登录密码", "口令", "pass", "pwd", "card password"),
    ),
    "email": (Text("邮箱", "email"), ("绑定邮箱", "辅助邮箱", "e-mail", "mail", "recovery email")),
    "pin": (Text("PIN码", "pin"), ("PIN", "安全码", "pin code")),
    "link": (Text("兑换链接", "link"), ("链接", "网址", "url", "redeem link")),
    "expires_on": (
        Text("有效期", "expires_on"),
        ("有效期至", "到期时间", "到期日", "失效日期", "过期时间", "expires", "expiry", "valid until"),
    ),
}

_TIER: dict[str, tuple[Text, tuple[str, ...]]] = {
    tier: (
        Text(f"{tier}价", f"{tier} price"),
        (tier, f"{tier}价格", f"{tier}供货价", f"{tier}结算价", f"{tier} cost"),
    )
    for tier in TIERS
}

_ALL = {**_OFFER, **_KEY, **_TIER}
TITLES: dict[str, Text] = {name: title for name, (title, _) in _ALL.items()}


def _aliases(*groups: Mapping[str, tuple[Text, tuple[str, ...]]]) -> dict[str, tuple[str, ...]]:
    return {name: (*title, *more) for group in groups for name, (title, more) in group.items()}


OFFER_ALIASES = _aliases(_OFFER, _TIER, _KEY)
KEY_ALIASES = _aliases(_KEY)
OFFER_REQUIRED = ("product", "category", "base_price")
CREDENTIAL_COLUMNS = ("card_number", "account", "key", "password", "pin", "link", "email")
