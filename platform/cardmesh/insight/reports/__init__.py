"""Reports of what was sold: by day, month, product, distributor, supplier, store; every party sees its own part."""
