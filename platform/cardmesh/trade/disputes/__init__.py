"""What a buyer's complaint at the bank does to the shares of an order: held while open, taken back when it is lost."""
