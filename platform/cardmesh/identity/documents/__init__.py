"""Papers that show who a supplier or distributor is: sealed wherever they lie, reviewed, and asked for again.

The law asks for verified merchants, checked anew every six months. Who looked at a paper is in the trail.
"""
