"""What the platform's terms are for this distributor: its tier, and the commission rules."""

from ...kit.db import transaction
from ...trade.tiers import service as tiers
from ..common.console import render, scope
from ..common.rule_pages import rules_seen
from . import blueprint
from .own import own_tenant


@blueprint.get("/tier")
def tier() -> str:
    with transaction(scope()) as session:
        progress = tiers.progress(session, own_tenant(session))
        levels = tiers.levels(session)
    return render("distributor/tier.html", progress=progress, levels=levels)


@blueprint.get("/terms")
def rules() -> str:
    with transaction(scope()) as session:
        seen = rules_seen(session)
    return render("distributor/rules.html", **seen)
