"""All faces on one application."""

from apiflask import APIFlask

from ..settings import Settings
from . import account, admin, api, distributor, hooks, storefront, supplier
from .common import (
    assets,
    boards,
    console,
    document_pages,
    first_run,
    headers,
    health,
    limits,
    pay_page,
    plain,
    problems,
    spec,
    styleguide,
    uploads,
)


def register(app: APIFlask, settings: Settings) -> None:
    """Mount every face and what they share."""
    problems.register(app)
    plain.register(app)
    headers.register(app)
    limits.register(app, settings)
    spec.register(app, settings)
    assets.register(app)
    uploads.register(app)
    console.register(app)
    boards.register(app)
    document_pages.register(app)
    first_run.register(app)
    for blueprint in (health.blueprint, pay_page.blueprint, *api.BLUEPRINTS, *storefront.BLUEPRINTS, hooks.blueprint):
        console.csrf.exempt(blueprint)
        app.register_blueprint(blueprint)
    consoles = (admin.blueprint, supplier.blueprint, distributor.blueprint)
    for blueprint in (*account.BLUEPRINTS, *consoles, styleguide.blueprint):
        app.register_blueprint(blueprint)
