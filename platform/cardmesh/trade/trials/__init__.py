"""Test sales: a distributor buys in the own store and sees what a buyer sees.

A trial order is no `Order`: it takes no stock, moves no money, tells no program. It lies in a table of its own that no
report, ledger or settlement reads, so it cannot become revenue by mistake.
"""
