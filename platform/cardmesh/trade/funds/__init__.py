"""What a distributor that collects itself owes for an order: held in its wallet until it is delivered or over."""
