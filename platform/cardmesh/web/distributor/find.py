"""What a distributor finds by Ctrl-K: own orders, goods and domains, and what else may be sold."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...goods.catalog import service as catalog
from ...goods.catalog.queries import Filter, matching_ids, named_like
from ...goods.listings import queries
from ...goods.models import Listing
from ...identity.models import Party
from ...kit.i18n import Text
from ...kit.ids import public_id
from ...stores.domains.models import Domain
from ...trade.models import Order
from ..common.console import person
from ..common.finder import EACH, FINDERS, Hit, add_find_pages, hit
from ..common.format import as_money, state_name
from . import blueprint
from .orders import numbered
from .own import own_tenant

ORDERS = Text("订单", "Orders")
GOODS = Text("我的商品", "My goods")
CATALOGUE = Text("货源", "Catalogue")
DOMAINS = Text("域名", "Domains")


def _orders(session: Session, q: str) -> Iterator[Hit]:
    mine = select(Order).where(Order.tenant_id == person().party_id, numbered(q)).order_by(Order.id.desc())
    for row in session.scalars(mine.limit(EACH)):
        amount = as_money(row.total_minor, row.currency)
        detail = f"{amount} · {state_name(row.status)}"
        yield hit(ORDERS, row.number, detail, "distributor.order", order_id=public_id("ord", row.id))


def _goods(session: Session, q: str) -> Iterator[Hit]:
    mine = queries.named().where(Listing.tenant_id == person().party_id, named_like(q))
    for row in session.execute(mine.order_by(Listing.id.desc()).limit(EACH)):
        name, listing_id = f"{row.Product.name} · {row.Sku.name}", public_id("lst", row.Listing.id)
        yield hit(GOODS, name, state_name(row.Listing.status), "distributor.goods_item", listing_id=listing_id)


def _catalogue(session: Session, q: str) -> Iterator[Hit]:
    for item in catalog.items(session, matching_ids(session, Filter(q), None, EACH), own_tenant(session).tier):
        name, cost = f"{item.product_name} · {item.sku_name}", as_money(item.cost.minor, item.cost.currency)
        yield hit(CATALOGUE, name, cost, "distributor.catalogue_sku", sku_id=public_id("sku", item.sku_id))


def _domains(session: Session, q: str) -> Iterator[Hit]:
    mine = (Domain.tenant_id == person().party_id, Domain.host.icontains(q, autoescape=True))
    for row in session.scalars(select(Domain).where(*mine).order_by(Domain.id.desc()).limit(EACH)):
        yield hit(
            DOMAINS, row.host, state_name(row.status), "distributor.domain", domain_id=public_id("dom", row.id)
        )


FINDERS[Party.DISTRIBUTOR] = (_orders, _goods, _catalogue, _domains)
add_find_pages(blueprint)
