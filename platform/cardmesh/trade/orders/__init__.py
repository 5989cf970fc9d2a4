"""Orders: placed with their stock set aside, paid, canceled or expired, found again by their buyer.

Owns the way to the payment and what a payment sets off. Leaves handing over to `delivery`, money back to `refunds`.
"""
