"""Suppliers' spreadsheets: what a sheet's columns mean, and loading offers and keys from one, streamed and resumable."""
