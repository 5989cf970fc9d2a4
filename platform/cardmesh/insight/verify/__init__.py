"""`cardmesh verify`: proves the laws on the live database and prints what was counted."""
