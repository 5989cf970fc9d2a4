"""Line items of a Checkout Session, from `price_data`; the price behind each is shown as Stripe shows it."""

from typing import Any

from ..context import Context
from ..errors import SimError, resource_missing
from ..lists import DEFAULT_LIMIT, envelope
from ..money import check_currency
from ..store import Doc

MOST_ITEMS = 100


def build(ctx: Context, params: Doc) -> list[dict[str, Any]]:
    """Checked items, all in one currency; SimError otherwise."""
    given = params.get("line_items", [])
    if not given:
        raise SimError("Missing required param: line_items.", code="parameter_missing", param="line_items")
    if len(given) > MOST_ITEMS:
        raise SimError(f"You can only have {MOST_ITEMS} line items.", param="line_items")
    items = [_item(ctx, item, f"line_items[{place}]") for place, item in enumerate(given)]
    wanted = params.get("currency", items[0]["currency"]).lower()
    if any(item["currency"] != wanted for item in items):
        raise SimError(
            "All line items must have the same currency; the Checkout Session's currency is "
            f"{wanted}.", param="line_items",
        )  # fmt: skip
    return items


def _item(ctx: Context, given: Doc, param: str) -> dict[str, Any]:
    if "price_data" not in given:
        raise _no_price(given, param)
    price = _price(ctx, given["price_data"], f"{param}[price_data]")
    quantity = given.get("quantity")
    if quantity is None:
        raise SimError(f"Missing required param: {param}[quantity].", code="parameter_missing",
                       param=f"{param}[quantity]")  # fmt: skip
    if not 1 <= quantity <= 999_999:
        raise SimError("Quantity must be between 1 and 999999.", param=f"{param}[quantity]")
    total = price["unit_amount"] * quantity
    product = given["price_data"]["product_data"]
    return {
        "id": ctx.new_id("li"), "object": "item", "adjustable_quantity": None, "amount_discount": 0,
        "amount_subtotal": total, "amount_tax": 0, "amount_total": total, "currency": price["currency"],
        "description": product["name"], "metadata": given.get("metadata", {}), "price": price, "quantity": quantity,
    }  # fmt: skip


def _no_price(given: Doc, param: str) -> SimError:
    if "price" in given:  # the catalogue of prices is not modelled, so no price id exists
        return resource_missing("price", given["price"], f"{param}[price]", 400)
    return SimError("You must specify either `price` or `price_data`.", code="parameter_missing", param=param)


def _price(ctx: Context, data: Doc, param: str) -> dict[str, Any]:
    if "product" in data:
        raise resource_missing("product", data["product"], f"{param}[product]", 400)
    for name in ("product_data", "unit_amount"):
        if name not in data:
            raise SimError(f"Missing required param: {param}[{name}].", code="parameter_missing",
                           param=f"{param}[{name}]")  # fmt: skip
    if data["unit_amount"] < 0:
        raise SimError("This value must be greater than or equal to 0.", code="parameter_invalid_integer",
                       param=f"{param}[unit_amount]")  # fmt: skip
    return {
        "id": ctx.new_id("price"), "object": "price", "active": False, "billing_scheme": "per_unit",
        "created": ctx.now, "currency": check_currency(data["currency"], f"{param}[currency]"),
        "custom_unit_amount": None, "livemode": ctx.livemode, "lookup_key": None, "metadata": {}, "nickname": None,
        "product": ctx.new_id("prod", 14), "recurring": None, "tax_behavior": "unspecified", "tiers_mode": None,
        "transform_quantity": None, "type": "one_time", "unit_amount": data["unit_amount"],
        "unit_amount_decimal": str(data["unit_amount"]),
    }  # fmt: skip


def page(session: Doc, items: list[dict[str, Any]], params: Doc) -> Doc:
    """Items in the order of the session, unlike Stripe's other lists."""
    ids = [item["id"] for item in items]
    start = 0
    if "starting_after" in params:
        if params["starting_after"] not in ids:
            raise resource_missing("line item", params["starting_after"], "starting_after", 400)
        start = ids.index(params["starting_after"]) + 1
    end = start + params.get("limit", DEFAULT_LIMIT)
    url = f"/v1/checkout/sessions/{session['id']}/line_items"
    return envelope(items[start:end], url, has_more=end < len(items))
