"""Custody: envelope encryption of secrets, and the blind index that finds a duplicate without reading one.

A master key (KMS or a key file) wraps one data key per owner and version; data keys encrypt with AES-256-GCM. Owns no
policy of who may reveal what: that is `goods.inventory`.
"""
