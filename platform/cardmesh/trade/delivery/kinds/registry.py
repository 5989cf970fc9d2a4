"""The kinds that can be sold."""

from ....goods.models import GoodsKind
from ....goods.pricing.errors import OfferNotActive
from .base import Kind
from .card_key import CardKeys
from .file import Files

_KINDS: dict[str, Kind] = {GoodsKind.CARD_KEY: CardKeys(), GoodsKind.FILE: Files()}


def kind(name: str) -> Kind:
    """The strategy of a kind. Raises OfferNotActive for one that is not sold yet."""
    if name not in _KINDS:
        raise OfferNotActive
    return _KINDS[name]
