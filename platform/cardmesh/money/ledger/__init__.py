"""The double-entry ledger: journal entries, postings, balances, and the fold that keeps balances fast.

Owns the laws (balanced, append-only, idempotent, derived = stored) together with the migration's triggers. Leaves to
others what an entry means: trade, wallets and withdrawals decide what to post. See docs/decisions/0004-ledger.md.
"""
