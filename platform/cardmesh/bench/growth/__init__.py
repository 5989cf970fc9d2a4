"""What `bench grow` is made of: parties, keys, orders. Rows are computed by the rules of the trade, then copied in."""
