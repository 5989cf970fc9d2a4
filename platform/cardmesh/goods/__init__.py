"""What can be sold: the shared catalog, suppliers' offers and prices, key pools, review, and stores' listings.

Owns products, SKUs, offers, stock and listings. Leaves orders, delivery and money to other slices.
"""
