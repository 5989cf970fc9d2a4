"""A listing as JSON keeps it, for whoever takes a change of it back."""

import uuid
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import inspect

from ..models import Listing

TERMS = (
    *("status", "currency", "retail_minor", "markup_percent", "markup_fixed_minor", "round_to_minor"),
    *("floor_minor", "bulk_steps", "supplier_id"),
)
"""What a listing decides; the rest says which one it is."""


def note(row: Listing) -> dict[str, Any]:
    """Every column but the tenant and the times."""
    values = {name: getattr(row, name) for name in ("id", "store_id", "sku_id", *TERMS, "version")}
    return {name: str(one) if isinstance(one, uuid.UUID | Decimal) else one for name, one in values.items()}


def read(kept: Mapping[str, Any]) -> dict[str, Any]:
    """The inverse of `note`."""
    kinds = {column.key: column.type.python_type for column in inspect(Listing).columns}
    return {
        name: kinds[name](value) if value is not None and kinds[name] in (uuid.UUID, Decimal) else value
        for name, value in kept.items()
    }
