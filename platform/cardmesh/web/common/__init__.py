"""What every face shares: errors as problem details, who is calling, strict schemas, idempotency, limits, headers."""
