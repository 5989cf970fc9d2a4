"""Wallets: what a party sees of its accounts. Owns balances by state, statements and the operator's credits; leaves
withdrawals to their slice and every movement of a sale to trade."""
