"""Jobs: rows that are charged when submitted, claimed by a worker, and settled once.

The database is the only source of truth; the broker merely wakes workers up.
"""
