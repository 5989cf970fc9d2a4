"""Prices: what a unit costs a distributor, what its store asks, and whether that would be a loss.

Owns the arithmetic, the choice of an offer and the loss guard. Leaves prices as data to `offers` and `listings`, and
the split to `money.commission`.
"""
