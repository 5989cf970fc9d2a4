"""A sale from quote to delivered goods: orders, payment of orders, delivery by kind of goods, refunds, claims.

Owns orders, their lines and units. Uses goods for stock and prices and money for postings; leaves pages to web.
"""
