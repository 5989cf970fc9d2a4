"""A distributor's own domains: claimed by an attempt, proven by a TXT record, watched, given up with a tombstone.

Owns the attempts, the checks and which name a store calls itself by. Leaves answering to `stores.directory` (it reads
the hosts that proof puts there) and certificates to the proxy in front, which asks before it gets one.
"""
