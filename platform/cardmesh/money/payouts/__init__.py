"""Payouts: how a party wants to be paid, runs that two people answer for, and providers that move the money.

Owns terms, runs, their lines and result files. The request itself is a withdrawal; a line here is how it leaves.
See docs/decisions (payout runs).
"""
