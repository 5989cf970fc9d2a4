"""`cardmesh build`: make and publish the pages of one store, or of all, here and now."""

import argparse
import sys
from collections.abc import Sequence

from sqlalchemy import select

from cardmesh.app import create_app
from cardmesh.kit import runtime, tenancy
from cardmesh.kit.db import transaction
from cardmesh.settings import Settings
from cardmesh.stores import publish
from cardmesh.stores.models import BuildStatus, Store
from cardmesh.stores.service import host_of


def main(settings: Settings, argv: Sequence[str]) -> int:
    """Build what the arguments name; 1 when a build fails or there is no such store."""
    options = _parser().parse_args(argv)
    with create_app(settings).app_context():
        stores = _chosen(options.store)
        if not stores:
            print(f"cardmesh build: there is no store {options.store}", file=sys.stderr)
        built = [_build(store) for store in stores]
    return 0 if built and all(built) else 1


def _chosen(handle: str | None) -> Sequence[Store]:
    which = select(Store).order_by(Store.id)
    with transaction(tenancy.platform()) as session:
        return session.scalars(which.where(Store.handle == handle) if handle else which).all()


def _build(store: Store) -> bool:
    with transaction(tenancy.tenant(store.tenant_id)) as session:
        publish.request_build(session, tenant_id=store.tenant_id, store_id=store.id, reason="command")
    build = publish.run_build(tenant_id=store.tenant_id, store_id=store.id)
    if build is None or build.status != BuildStatus.PUBLISHED:
        print(f"{store.handle}: {build.failure if build else 'a worker was faster'}", file=sys.stderr)
        return build is None
    address = runtime.current().settings.store_url(host_of(store))
    print(f"{store.handle}: {build.pages} pages, {build.rendered} made new · {address}")
    return True


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="cardmesh build", description="Make and publish store pages now. · 立即生成并发布店铺页面。"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("store", nargs="?", help="the store's handle · 店铺标识")
    which.add_argument("--store", dest="store", metavar="HANDLE", help="the same · 同上")
    which.add_argument("--all", action="store_true", help="every store · 全部店铺")
    return parser
