"""Advances on receivables (供应链金融): what a supplier waits for, paid early for a fee, repaid by settlement.

Off until the operator sets terms. Every step is a movement of the ledger; what is owed is a balance, never a column.
"""
