"""A store's own host: its published pages, and the small API that they call for what must be live."""

from apiflask import APIBlueprint

from . import claims, downloads, drafts, embed, orders, products, proofs, trials
from .blueprint import blueprint as api
from .pages import pages

BLUEPRINTS: tuple[APIBlueprint, ...] = (api, pages)

__all__ = ["BLUEPRINTS", "claims", "downloads", "drafts", "embed", "orders", "products", "proofs", "trials"]
