"""The shared catalog: one product and one SKU per thing, however many suppliers spell it.

Owns categories, products, SKUs and their search. Leaves prices and stock to `pricing` and `inventory`.
"""
