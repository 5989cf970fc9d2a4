"""Tools without a domain: database, tenancy, jobs, money, clock, ids, errors, storage, crypto, languages, sheets.

Owns how the project talks to its machinery. Leaves every word of the trade to the slices above.
"""
