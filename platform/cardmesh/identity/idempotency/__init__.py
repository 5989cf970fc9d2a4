"""`Idempotency-Key`: a repeated request gets the first one's answer and changes nothing."""
