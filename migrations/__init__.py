"""Alembic migrations, run by the owner role; the app's role owns nothing."""
