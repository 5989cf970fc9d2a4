"""The provenance log: arithmetic, sequencing, proofs, tampering, faces."""
