"""Who is who: tenants, suppliers, people, their sessions and API keys, and the audit trail of what they did.

Owns names, rights and proof of identity. Leaves money, goods and stores to the slices above.
"""
