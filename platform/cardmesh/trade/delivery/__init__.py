"""Handing over goods: by kind, split and hold, what a buyer may see of them and how it is recorded.

Owns delivery, reveals and download links. Leaves the state of orders before payment to `orders`.
"""
