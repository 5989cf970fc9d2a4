"""The door to every console – sign in and out, sign up, set a password – and each person's own account behind it."""

from . import factors, me, passwords, second_step, sign_up, step_up, views
from .door import blueprint
from .own import blueprint as own_blueprint

BLUEPRINTS = (blueprint, own_blueprint)

__all__ = ["BLUEPRINTS", "factors", "me", "passwords", "second_step", "sign_up", "step_up", "views"]
