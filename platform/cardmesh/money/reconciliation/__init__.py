"""Payment truth: the gateway's balance transactions against the ledger, every day; each difference is a task.

Owns the copy of what the gateway told, the comparison, and the tasks. It books one thing, the gateway's fees.
"""
