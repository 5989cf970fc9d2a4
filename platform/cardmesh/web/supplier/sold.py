"""What was sold: without the buyer or the retail price."""

import uuid

from flask import request
from sqlalchemy import select

from ...goods.models import Product, Sku
from ...kit.db import transaction
from ...kit.ids import public_id
from ...trade.orders import service as orders
from ...trade.orders.reasons import reasons_for_supplier
from ..common import board_rows
from ..common.audiences import SUPPLIER
from ..common.console import person, render, scope
from ..common.lists import cursor_id
from . import blueprint


@blueprint.get("/sold")
def sold_list() -> str:
    with transaction(scope()) as session:
        chips = board_rows.chips(session, SUPPLIER)
        page = orders.supplier_units(
            session,
            supplier_id=person().party_id,
            after=cursor_id("unt", request.args.get("after")),
            limit=50,
            also=board_rows.units(SUPPLIER),
        )
        query = select(Sku.id, Product.name, Sku.name).join(Product, Product.id == Sku.product_id)
        rows = session.execute(query.where(Sku.id.in_({unit.sku_id for unit in page.rows})))
        names: dict[uuid.UUID, str] = {sku_id: f"{product} · {sku}" for sku_id, product, sku in rows}
        reasons = reasons_for_supplier(session, page.rows) if page.rows else {}
    cursor = public_id("unt", page.rows[-1].id) if page.has_more else None
    return render("supplier/sold.html", page=page, names=names, reasons=reasons, cursor=cursor, chips=chips)
