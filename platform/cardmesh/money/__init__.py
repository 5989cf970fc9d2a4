"""Money: the double-entry ledger, commission rules, wallets, settlement, withdrawals, payments through gateways.

The ledger knows accounts, not orders; trade tells it what to post. Leaves prices to goods and orders to trade.
"""
