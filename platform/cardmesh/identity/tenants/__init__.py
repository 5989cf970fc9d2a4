"""Distributors' isolation boundaries: handle, tier, status. A tenant's stores belong to `stores`."""
