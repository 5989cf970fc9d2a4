"""Tiers of distributors: earned by the sales of thirty days, kept for a while when they fall.

Owns thresholds and who moves when. Leaves what a tier costs to the offers' prices, and what only it may sell to theirs.
"""
