"""Letters to buyers about their orders, and invitations to people, in both languages.

Owns the words and the templates. Leaves sending to `kit.mail`, revealing keys to `trade.delivery`.
"""
