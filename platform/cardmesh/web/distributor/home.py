"""What needs the distributor now, then how the shop goes."""

from datetime import timedelta

from ...insight import shop
from ...insight.boards.service import freeze
from ...kit import clock
from ...kit.db import transaction
from ...money.wallets import service as wallets
from ...stores import queries
from ...stores.domains import queries as domains
from ...stores.models import BuildStatus
from ...trade.orders import service as orders
from ..common import boards
from ..common.audiences import DISTRIBUTOR
from ..common.console import person, render, scope
from . import blueprint
from .own import own_store, store_url

DAY = timedelta(hours=24)
LATEST = 5


@blueprint.get("/")
def home() -> str:
    tenant_id, since = person().party_id, clock.now() - DAY
    with transaction(scope()) as session:
        freeze(session)
        store = own_store(session)
        headline = boards.home(session, DISTRIBUTOR, boards.Owner(tenant_id), currency=store.currency)
        failed = shop.failed_orders(session, tenant_id=tenant_id, since=since)
        claims = shop.open_claims(session, tenant_id=tenant_id)
        balances = wallets.wallet(session, owner_id=tenant_id)
        builds = queries.list_builds(session, store_id=store.id, limit=1)
        doubtful = domains.list_doubtful(session, store_id=store.id)
        latest = orders.list_orders(session, tenant_id=tenant_id, limit=LATEST)
        views = orders.views(session, latest.rows)
    return render(
        "distributor/home.html",
        store=store,
        url=store_url(store),
        headline=headline,
        failed=failed,
        claims=claims,
        balances=balances,
        latest=views,
        doubtful=doubtful,
        broken=bool(builds) and builds[0].status == BuildStatus.FAILED,
    )
