"""What a basket would cost right now. Sets nothing aside: the order decides."""
