"""Stock: what can be sold right now, and the sealed keys behind it.

Owns taking and giving back, loading keys, and the one function that decrypts. Leaves who may see a key, and the audit
row of a reveal, to the caller (`trade.delivery`). Stock is a set: docs/decisions/0003-stock-is-a-set.md.
"""
