"""One contract, one module per provider."""
