"""Telling customers' servers what happened: signed, at least once, and for three days.

``emit`` writes an event and its deliveries in the transaction of what happened. ``claiming``
claims deliveries that are due, chosen fairly with ``due`` and ``shares``; ``loading`` reads what
is needed to send them, ``sending`` sends, and ``recording`` writes down what came of it and when
to try again. ``dispatch`` runs all that beside the scheduler. The database decides everything:
a process that dies loses nothing but its leases.
"""
