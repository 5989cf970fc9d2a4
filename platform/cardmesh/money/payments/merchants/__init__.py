"""Accounts at gateways: connecting one, testing it, choosing who collects, and which of them takes which payment."""
