"""What was sold, added up: by hour and by day, for the market, a store, a supplier, a product.

The sums are kept by a job (`fold`) that follows the journal; what the job has not reached is added from the rows when a
page is read, so a figure is never stale. `cardmesh verify` proves sums and rows equal (docs/decisions/0021-figures.md).
"""
