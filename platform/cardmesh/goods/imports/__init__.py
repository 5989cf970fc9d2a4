"""Suppliers' spreadsheets: what the columns mean, and loading offers and keys from one, streamed and resumable."""
