"""Faces: one package per audience (storefront, supplier, distributor, admin, api, docking, hooks), `common` for all.

A view reads and checks its input, calls one verb, renders. Faces do not know each other.
"""
