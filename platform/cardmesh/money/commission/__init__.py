"""Commission rules: who takes what of a sale. Owns choosing the rule and dividing the money; leaves prices to goods."""
