"""One module per Stripe resource: the object's shape, its verbs, and the operations that put them on the wire."""
