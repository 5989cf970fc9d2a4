"""The provenance log: a public RFC 6962 Merkle tree of what befell every key, under signed heads.

Owns the log, its proofs and its signing keys. It only reads the facts, which goods and trade write anyway; what a leaf
shows and why is in docs/decisions/0012-provenance.md.
"""
