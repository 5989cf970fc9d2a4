"""Money back for one unit: every share reversed exactly, the buyer's money returned the way it came."""
