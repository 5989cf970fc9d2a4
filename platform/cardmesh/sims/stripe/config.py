"""What a simulator is told when it starts."""

from dataclasses import dataclass
from pathlib import Path

from .ids import letters

DAY = 24 * 60 * 60


@dataclass(frozen=True, kw_only=True)
class SimConfig:
    """`data_dir=None` keeps everything in memory. Durations are seconds, of the simulator's clock or of real time.

    api_keys: secret keys that are accepted; each belongs to an account of its own (`account_of_key`).
    webhook_url, webhook_secret: an endpoint of the first key's account that gets every event.
    settle_after: until a payment's money is available; async_after: until banks answer (refunds, payouts, disputes).
    retry_base, max_attempts: webhook retries wait base × 2ⁿ, at most `retry_cap`; lanes: deliveries in parallel.
    """

    api_keys: tuple[str, ...] = ("sk_test_cardmesh_simulator",)
    data_dir: Path | None = None
    webhook_url: str | None = None
    webhook_secret: str | None = None
    seed: int = 1
    country: str = "US"
    settle_after: int = 2 * DAY
    async_after: float = 2.0
    retry_base: float = 1.0
    retry_cap: float = 60.0
    max_attempts: int = 10
    webhook_timeout: float = 10.0
    lanes: int = 4

    @property
    def database(self) -> Path | None:
        return self.data_dir / "sims" / "stripe.sqlite" if self.data_dir else None


def account_of_key(key: str) -> str:
    """The account a secret key belongs to; its test and live keys share one account."""
    return f"acct_1{letters(key.split('_', 2)[-1], 15)}"


def is_live(key: str) -> bool:
    return key.startswith(("sk_live_", "rk_live_"))
