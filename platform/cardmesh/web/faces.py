"""All faces on one application."""

from apiflask import APIFlask

from ..settings import Settings
from . import api, hooks, storefront
from .common import headers, health, limits, problems, spec


def register(app: APIFlask, settings: Settings) -> None:
    """Mount every face and what they share."""
    problems.register(app)
    headers.register(app)
    limits.register(app, settings)
    spec.register(app, settings)
    app.register_blueprint(health.blueprint)
    for blueprint in (*api.BLUEPRINTS, *storefront.BLUEPRINTS, hooks.blueprint):
        app.register_blueprint(blueprint)
