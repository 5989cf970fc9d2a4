"""What a supplier finds by Ctrl-K: own offers and imports."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog.queries import named_like
from ...goods.models import Import, Offer
from ...goods.offers import queries
from ...identity.models import Party
from ...kit.i18n import Text
from ...kit.ids import public_id
from ..common.console import person
from ..common.finder import EACH, FINDERS, Hit, add_find_pages, hit
from ..common.format import state_name
from . import blueprint

OFFERS = Text("供货", "Offers")
IMPORTS = Text("导入", "Imports")


def _offers(session: Session, q: str) -> Iterator[Hit]:
    mine = queries.named().where(Offer.supplier_id == person().party_id, named_like(q))
    for row in session.execute(mine.order_by(Offer.id.desc()).limit(EACH)):
        name = f"{row.Product.name} · {row.Sku.name}"
        yield hit(
            OFFERS, name, state_name(row.Offer.status), "supplier.offer", offer_id=public_id("off", row.Offer.id)
        )


def _imports(session: Session, q: str) -> Iterator[Hit]:
    mine = (Import.supplier_id == person().party_id, Import.filename.icontains(q, autoescape=True))
    for row in session.scalars(select(Import).where(*mine).order_by(Import.id.desc()).limit(EACH)):
        yield hit(
            IMPORTS, row.filename, state_name(row.status), "supplier.import_", import_id=public_id("imp", row.id)
        )


FINDERS[Party.SUPPLIER] = (_offers, _imports)
add_find_pages(blueprint)
