"""Suppliers' offers: prices, terms, files, review. An offer is sold only while it is active, after approval.

Leaves stock to `inventory`, whole sheets to `imports`.
"""
