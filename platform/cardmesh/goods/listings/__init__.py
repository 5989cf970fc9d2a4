"""Listings: which SKUs a store sells, and by which price rule.

Owns the rule and the guard against selling at a loss when it is set. Leaves the price of the moment to `pricing`.
"""
