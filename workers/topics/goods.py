"""Suppliers' spreadsheets, and keys past their last day."""

from uuid import UUID

from sqlalchemy.orm import Session

from cardmesh.goods.imports import service as imports
from cardmesh.goods.inventory import service as inventory
from cardmesh.goods.offers import price_lists
from cardmesh.kit import clock
from cardmesh.kit.days import day_of
from cardmesh.kit.jobs import outbox
from cardmesh.kit.jobs.run import Job, for_platform

BATCH = 1_000
PRICE_LISTS = 100


def run_import(*, import_id: str, supplier_id: str) -> None:
    """Load one spreadsheet, batch by batch; a crash resumes behind the last batch."""
    imports.run(UUID(import_id), UUID(supplier_id))


def expire_stock(session: Session) -> None:
    """Take keys whose last day has passed off sale, a batch a transaction."""
    if inventory.drop_expired(session, today=day_of(clock.now()), limit=BATCH) == BATCH:
        outbox.send(session, "stock.expire")


def apply_price_lists(session: Session) -> None:
    """Put suppliers' price lists in force whose time has come."""
    if price_lists.apply_due(session, limit=PRICE_LISTS) == PRICE_LISTS:
        outbox.send(session, "prices.apply")


JOBS = {
    "prices.apply": Job(apply_price_lists, for_platform),
    "imports.run": Job(run_import, limit_seconds=4 * 3600),
    "stock.expire": Job(expire_stock, for_platform),
}
