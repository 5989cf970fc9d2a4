"""Two verbs in an order that a test chooses; see `interleave`."""
