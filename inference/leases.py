"""Leases of what one process of an installation may do at a time.

A lease is a row, so it works on every database and through a connection pooler, where a lock of
a session would not. All moments are those of the database's clock. The lease of a killed process
runs out by itself.
"""

from django.db.models import Q

from inference.jobs.clock import db_from_now, db_now
from inference.models import Lease


def hold(name: str, holder: str, *, seconds: float) -> bool:
    """Take or prolong a lease for ``seconds``; False while somebody else has it."""
    free = Q(holder=holder) | Q(until__lte=db_now())
    wanted = {"holder": holder, "until": db_from_now(seconds)}
    if Lease.objects.filter(free, name=name).update(**wanted):
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    Lease.objects.bulk_create([Lease(name=name)], ignore_conflicts=True)
    return bool(Lease.objects.filter(free, name=name).update(**wanted))


def let_go(name: str, holder: str) -> None:
    """End a lease before its time, if ``holder`` still has it."""
    Lease.objects.filter(name=name, holder=holder).update(until=db_now())
