"""The outbox: work promised in the transaction that needs it, kept in PostgreSQL until it is done.

Owns the table of pending work, leases, retries and dead letters. Redis only carries a hint that a job is due: losing it
loses nothing. `workers/` owns the run loop and what each name does.
"""
