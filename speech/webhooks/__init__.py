"""Telling customers' servers what happened: signed, at least once, and for three days.

``emit`` writes an event and its deliveries in the transaction of what happened. ``turns``
claims a delivery that is due, ``sending`` sends it, ``recording`` writes down what came of it
and when to try again; ``dispatch`` has a few threads do so. The database decides everything:
a process that dies loses nothing but a lease.
"""
