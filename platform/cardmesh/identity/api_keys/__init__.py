"""Programs' credentials: issued once in clear, stored hashed, limited to scopes and addresses."""
