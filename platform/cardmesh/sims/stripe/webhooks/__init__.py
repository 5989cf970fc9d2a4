"""Signed deliveries: which (`rules`), their signature (`signing`), and the threads that send them (`sender`)."""
