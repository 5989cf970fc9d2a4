"""How much of everything."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Size:
    """Defaults are what the issue asks for: a market of a thousand stores after a million orders."""

    tenants: int = 1_000
    suppliers: int = 50
    skus: int = 2_000
    listings: int = 100_000
    keys: int = 10_000_000
    orders: int = 1_000_000
