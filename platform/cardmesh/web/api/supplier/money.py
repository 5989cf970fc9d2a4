"""A supplier's wallet, statement and withdrawals."""

from ....identity.models import Party
from ...common.wallets import add_routes
from . import blueprint

add_routes(blueprint, Party.SUPPLIER)
