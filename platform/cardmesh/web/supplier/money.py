"""The supplier's wallet."""

from ..common.wallet_pages import add_wallet_pages
from . import blueprint

add_wallet_pages(blueprint)
