"""How strangers become suppliers and distributors: they ask, prove their address by a letter, and set a password.

Owns what is known of somebody before the letter is answered. Leaves opening the store to `stores.opening`.
"""
