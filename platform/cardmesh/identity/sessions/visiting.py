"""Who of the platform may look at a merchant's console, for how long, as whom. Pure."""

from datetime import timedelta

LASTS = timedelta(minutes=30)
VISITORS = ("owner", "support")
"""Roles of the platform's people that may look at merchants' consoles."""
AS_ROLE = "read-only"
"""What a visitor is there: may see, may do nothing."""
