"""Facts told to a tenant's programs: the event feed, and its delivery as Standard Webhooks 1.0.0.

Owns events, endpoints and the delivery log. Thin payloads: ids, states, versions; never the contents of a key.
"""
