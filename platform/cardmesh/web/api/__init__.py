"""The HTTP API for programs, `/v1`: one module per noun, grouped by the party whose keys may call it."""

from apiflask import APIBlueprint

from . import docs, log, me
from .distributor import blueprint as distributor
from .operator import blueprint as operator
from .supplier import blueprint as supplier

BLUEPRINTS: tuple[APIBlueprint, ...] = (docs.blueprint, me.blueprint, log.blueprint, operator, supplier, distributor)
