"""Exchange rates: what the platform says one currency is worth in another, with source and time. Never edited.

Owns conversion and its rounding. Leaves who pays what to prices and rules.
"""
