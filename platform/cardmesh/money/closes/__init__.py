"""Daily closes: a day of the books, summed and hashed once nothing more can come into it, and sealed in the public log.

Owns the closes and the journal as accountants take it away. The log itself is provenance's, which reads them.
"""
