"""A simulator of WeChat Pay v3: orders by code and on phones, refunds, certificates, sealed notifications.

Owns the wire (WECHATPAY2-SHA256-RSA2048 both ways, AES-256-GCM), orders and refunds, and the mischief of `/_sim/…`.
Leaves the shop to the shop.

    with running_wechat() as sim:
        sim.credentials  # what the merchant needs
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..serve import running
from ..till import keys
from .app import Merchant, WechatApp
from .signing import PUBLIC_KEY_ID

MCHID, APPID, SERIAL = "1900000001", "wx8888888888888888", "5157F09EFDC096DE15EBE81A47057A7232F1B8E1"


@dataclass(frozen=True)
class WechatSim:
    """`credentials` are the merchant's half, by their field's name."""

    url: str
    app: WechatApp
    credentials: dict[str, str]

    @property
    def base(self) -> str:
        return self.url


@contextmanager
def running_wechat(port: int = 0, *, data_dir: Path | None = None, deliver: bool = False) -> Iterator[WechatSim]:
    """Serve a simulator while the block runs; with `deliver` it sends its notifications itself."""
    folder = data_dir / "sims" if data_dir else None
    fresh = {"theirs": keys.new_private(), "ours": keys.new_private(), "api_v3_key": secrets.token_hex(16)}
    made = keys.remembered(folder and folder / "wechat.json", fresh)
    app = WechatApp(made["ours"], folder and folder / "wechat.sqlite", deliver=deliver)
    app.admit(MCHID, Merchant(APPID, SERIAL, keys.public_of(made["theirs"]), made["api_v3_key"]))
    credentials = {
        "mchid": MCHID,
        "appid": APPID,
        "serial": SERIAL,
        "private_key": made["theirs"],
        "api_v3_key": made["api_v3_key"],
        "public_key_id": PUBLIC_KEY_ID,
        "public_key": keys.public_of(made["ours"]),
    }
    if folder:
        keys.remembered(folder / "wechat-merchant.json", credentials)  # for whoever connects the demo world
    try:
        with running(app, port) as url:
            yield WechatSim(url, app, credentials)
    finally:
        app.close()


__all__ = ["APPID", "MCHID", "SERIAL", "WechatSim", "running_wechat"]
