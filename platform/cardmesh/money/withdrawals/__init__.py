"""Withdrawals: a party's request to be paid, and the operator's decision. Leaves the transfer itself to the bank."""
