"""What the supplier sells, in figures and pictures; each leads to its rows."""

from flask import Response

from ..common import boards
from ..common.audiences import SUPPLIER
from ..common.boards import Owner
from ..common.console import person
from . import blueprint


@blueprint.get("/insights")
def insights() -> str:
    return boards.page(SUPPLIER, Owner(supplier_id=person().party_id))


@blueprint.get("/insights.csv")
def insights_file() -> Response:
    """One of the page's tables."""
    return boards.file(SUPPLIER, Owner(supplier_id=person().party_id))
