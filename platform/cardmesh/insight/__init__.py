"""Looking back: proofs that the books and the goods agree, reports, forecasts. Reads everything, changes nothing."""
