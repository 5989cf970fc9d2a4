"""What a gateway keeps for its service. The platform bears it, a dispute's too: it is in no party's share."""

from ..ledger.service import Entry, Leg
from ..models import PLATFORM_OWNER, AccountKind
from .gateways.base import Fee


def entry(channel: str, fee: Fee) -> Entry:
    """The entry of a fee (below zero: given back), the same whether a message or the day's list tells it. Pure."""
    legs = [
        Leg(PLATFORM_OWNER, AccountKind.FEES, fee.amount_minor, fee.currency),
        Leg(PLATFORM_OWNER, AccountKind.GATEWAY, -fee.amount_minor, fee.currency),
    ]
    return Entry(key=f"gateway_fee:{channel}:{fee.ref}", kind="gateway_fee", legs=legs, reference=f"fee {fee.ref}")
