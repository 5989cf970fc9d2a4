"""A simulator of Alipay's open platform: `gateway.do` with RSA2 both ways, the cashier's pages, notifications.

Owns the wire, trades and refunds, and the mischief of `/_sim/…`. Leaves the shop to the shop.

    with running_alipay() as sim:
        sim.credentials  # what the merchant needs
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..serve import running
from ..till import keys
from .app import AlipayApp

APP_ID = "2021000000000001"


@dataclass(frozen=True)
class AlipaySim:
    """`base` is the address of `gateway.do`; `credentials` are the merchant's half, by their field's name."""

    url: str
    app: AlipayApp
    credentials: dict[str, str]

    @property
    def base(self) -> str:
        return f"{self.url}/gateway.do"


@contextmanager
def running_alipay(port: int = 0, *, data_dir: Path | None = None, deliver: bool = False) -> Iterator[AlipaySim]:
    """Serve a simulator while the block runs; with `deliver` it sends its notifications itself."""
    folder = data_dir / "sims" if data_dir else None
    fresh = {"theirs": keys.new_private(), "ours": keys.new_private()}
    made = keys.remembered(folder and folder / "alipay.json", fresh)
    app = AlipayApp(made["ours"], folder and folder / "alipay.sqlite", deliver=deliver)
    app.admit(APP_ID, keys.public_of(made["theirs"]))
    credentials = {
        "app_id": APP_ID,
        "private_key": made["theirs"],
        "alipay_public_key": keys.public_of(made["ours"]),
    }
    if folder:
        keys.remembered(folder / "alipay-merchant.json", credentials)  # for whoever connects the demo world
    try:
        with running(app, port) as url:
            yield AlipaySim(url, app, credentials)
    finally:
        app.close()


__all__ = ["APP_ID", "AlipaySim", "running_alipay"]
