"""Which gateways there are, what each of them takes, and how one is made for an account."""

from collections.abc import Mapping
from dataclasses import dataclass

from ....kit.errors import NotFound
from ....settings import Settings
from .alipay import AlipayGateway
from .base import Gateway, Way
from .stripe import StripeGateway
from .wechat import WechatGateway

METHODS = ("card", "alipay", "wechat_pay")
"""Every way of paying there is, in the order in which buyers see them."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A provider. `public` and `secret` name what an account needs: the first may be shown, the second never.

    `optional` are those of either that may be left out.
    """

    methods: tuple[str, ...]
    public: tuple[str, ...]
    secret: tuple[str, ...]
    optional: tuple[str, ...] = ()


KINDS: Mapping[str, Kind] = {
    "alipay": Kind(("alipay",), ("app_id", "alipay_public_key", "desktop"), ("private_key",), ("desktop",)),
    "wechat": Kind(
        ("wechat_pay",),
        ("mchid", "appid", "serial", "public_key_id", "public_key"),
        ("private_key", "api_v3_key"),
        ("public_key_id", "public_key"),
    ),
    "stripe": Kind(METHODS, (), ("secret_key", "webhook_secret"), ("webhook_secret",)),
}
"""In the order in which they are preferred for a method that several take."""


def build(kind: str, settings: Settings, *, public: Mapping[str, str], secret: Mapping[str, str], hook: str) -> Gateway:
    """A gateway for one account; `hook` is the address its messages go to. Raises ValidationFailed, NotFound."""
    given = {name: value for name, value in {**public, **secret}.items() if name != "desktop"}
    match kind:
        case "alipay":
            return AlipayGateway(**given, hook_url=hook, api_base=settings.alipay_api_base)
        case "wechat":
            return WechatGateway(**given, hook_url=hook, api_base=settings.wechat_api_base)
        case "stripe":
            return StripeGateway(
                secret_key=secret["secret_key"],
                webhook_secret=secret.get("webhook_secret"),
                api_base=settings.stripe_api_base,
            )
        case _:
            raise NotFound


def way_of(kind: str, public: Mapping[str, str], *, phone: bool) -> Way:
    """How a buyer on this kind of device gets to pay."""
    if kind == "stripe":
        return Way.PAGE
    if phone:
        return Way.PHONE
    return Way.PAGE if kind == "alipay" and public.get("desktop") == "page" else Way.QR
