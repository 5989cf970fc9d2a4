"""Who is who: tenants, suppliers, people and the teams they work in, what proves them, their sessions and API keys, the
papers of merchants, and the audit trail of what they did.

Owns names, rights and proof of identity. Leaves money, goods and stores to the slices above.
"""
