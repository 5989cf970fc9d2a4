"""The door to every console: sign in and out, set a password, choose language and look."""

from .views import blueprint

__all__ = ["blueprint"]
