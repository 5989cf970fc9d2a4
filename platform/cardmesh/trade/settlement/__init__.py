"""The end of the hold: money of delivered units moves from pending to available, tenant by tenant."""
