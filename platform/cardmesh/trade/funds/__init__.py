"""What a distributor that collects itself owes for an order: held in its wallet until the order is delivered or over."""
