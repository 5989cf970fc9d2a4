"""Coupons: made by a distributor for a store, redeemed by buyers, counted exactly.

Owns the discount, the goods it is for and the uses. The distributor's share bears it: see `trade.rules`.
"""
