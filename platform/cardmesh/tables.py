"""Every table of every slice, imported for its effect on the metadata (migrations and the schema checks need all)."""

from importlib import import_module

SLICES = (
    "kit.jobs.models",
    "kit.events.models",
    "kit.crypto.models",
    "identity.models",
    "identity.sign_up.models",
    "identity.settings.models",
    "identity.documents.models",
    "identity.first_run.models",
    "identity.factors.models",
    "identity.undo.models",
    "money.models",
    "money.fx.models",
    "money.payments.models",
    "money.advances.models",
    "money.closes.models",
    "money.payouts.models",
    "money.reconciliation.models",
    "goods.models",
    "goods.pricing.models",
    "trade.models",
    "trade.coupons.models",
    "trade.tiers.models",
    "trade.trials.models",
    "stores.models",
    "stores.domains.models",
    "stores.wardrobe.models",
    "provenance.models",
    "insight.boards.models",
)


def load() -> None:
    """Import each slice's models."""
    for name in SLICES:
        import_module(f"cardmesh.{name}")
