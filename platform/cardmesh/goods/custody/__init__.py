"""Rotation of the keys that secrets are sealed with, and the tables that hold such secrets.

Owns no secret: keys in stock are `goods.inventory`, signing secrets of webhooks `kit.events`, the crypto `kit.crypto`.
"""
