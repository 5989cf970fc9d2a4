"""Which steps of its first run a party has put aside. Whether a step is done is read from what it is about."""
