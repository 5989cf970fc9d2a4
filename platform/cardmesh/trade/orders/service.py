"""The verbs of orders, in one place for those who call them."""

from ..rules import Item
from .checkout import PayPage, open_payment
from .contacts import Contact
from .contacts import parse as parse_contact
from .express import Call
from .express import place as place_express
from .lookup import find_by_token, lookup
from .paid import mark_paid
from .release import cancel, expire_due
from .store import Placed, StoreRef, place_store_order
from .views import LineView, OrderView, find, list_orders, payment_of, view, views
from .wallet import OnShortage, place_wallet_order

__all__ = [
    "Call",
    "Contact",
    "Item",
    "LineView",
    "OnShortage",
    "OrderView",
    "PayPage",
    "Placed",
    "StoreRef",
    "cancel",
    "expire_due",
    "find",
    "find_by_token",
    "list_orders",
    "lookup",
    "mark_paid",
    "open_payment",
    "parse_contact",
    "payment_of",
    "place_express",
    "place_store_order",
    "place_wallet_order",
    "view",
    "views",
]
