"""Configuration of gunicorn in the arena: modules are loaded before the fork, so that a killed process is soon back.

The application itself is made anew in each process, as in production.
"""

from importlib import import_module

from tests.faults import skew

preload_app = False
skew.apply()
import_module("cardmesh.app")
import_module("cardmesh.web.faces")
