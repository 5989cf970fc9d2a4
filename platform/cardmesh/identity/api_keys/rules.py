"""What a key may do. A scope is `noun:read` or `noun:write`; a party's keys never get another party's scopes."""

from ..models import Party

SCOPES: dict[str, tuple[str, ...]] = {
    Party.PLATFORM: ("platform:read", "platform:write", "payouts:write"),
    Party.SUPPLIER: (
        "offers:read",
        "offers:write",
        "keys:write",
        "orders:read",
        "wallet:read",
        "withdrawals:write",
    ),
    Party.DISTRIBUTOR: (
        "catalog:read",
        "listings:read",
        "listings:write",
        "orders:read",
        "orders:write",
        "codes:read",
        "wallet:read",
        "wallet:write",
        "withdrawals:write",
        "store:read",
        "store:write",
        "webhooks:read",
        "webhooks:write",
        "events:read",
    ),
}
