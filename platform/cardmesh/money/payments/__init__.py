"""Collecting money through gateways: sessions to pay in, the inbox of what gateways tell, refunds asked of them.

Owns payments, refunds and gateway events. It knows purposes, not orders: what a payment sets off is passed in as
`effects.Effects` by the slice that sells (`trade.collection`). No gateway is ever called inside a transaction.
"""
