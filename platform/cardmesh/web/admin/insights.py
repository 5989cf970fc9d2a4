"""The market, in figures and pictures; each leads to its rows."""

from flask import Response

from ..common import boards
from ..common.audiences import PLATFORM
from . import blueprint


@blueprint.get("/insights")
def insights() -> str:
    return boards.page(PLATFORM)


@blueprint.get("/insights.csv")
def insights_file() -> Response:
    """One of the page's tables."""
    return boards.file(PLATFORM)
