"""Signed-in browsers: revocable sessions, one row each; the cookie's token is stored hashed."""
