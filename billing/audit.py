"""Recomputing every wallet from its entries.

Entries never change and are written in the transaction that moves their wallet, so a
wallet row read at any moment must equal the sum of its first ``sequence`` entries. No
lock and no snapshot is needed, and memory stays bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, Sum

from billing.models import Entry, EntryKind, Wallet


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where the ledger and a wallet disagree."""

    wallet_id: int
    sequence: int
    what: str

    def __str__(self) -> str:
        return f"wallet {self.wallet_id}, entry {self.sequence}: {self.what}"


def audit_wallet(wallet: Wallet) -> Iterator[Difference]:
    """Yield each difference between a wallet and its entries."""
    regular = permanent = sequence = 0
    entries = Entry.objects.filter(wallet=wallet, sequence__lte=wallet.sequence)
    for entry in entries.order_by("sequence").iterator(chunk_size=2000):
        sequence += 1
        regular += entry.regular
        permanent += entry.permanent
        if entry.sequence != sequence:
            yield Difference(wallet.pk, sequence, f"the next entry is numbered {entry.sequence}")
            sequence = entry.sequence
        if (entry.regular_after, entry.permanent_after) != (regular, permanent):
            yield Difference(
                wallet.pk,
                sequence,
                f"says {entry.regular_after} + {entry.permanent_after},"
                f" the entries give {regular} + {permanent}",
            )
    if (wallet.sequence, wallet.regular, wallet.permanent) != (sequence, regular, permanent):
        yield Difference(
            wallet.pk,
            sequence,
            f"the wallet says {wallet.regular} + {wallet.permanent} after entry"
            f" {wallet.sequence}, the entries give {regular} + {permanent}",
        )
    yield from _overpaid_jobs(wallet)


def _overpaid_jobs(wallet: Wallet) -> Iterator[Difference]:
    jobs = (
        Entry.objects.filter(wallet=wallet, kind__in=[EntryKind.CHARGE, EntryKind.REFUND])
        .values("job_id")
        .annotate(regular=Sum("regular"), permanent=Sum("permanent"))
        .filter(Q(regular__gt=0) | Q(permanent__gt=0))
    )
    for job in jobs.iterator():
        yield Difference(wallet.pk, 0, f"job {job['job_id']} got back more than it was charged")


def audit() -> Iterator[Difference]:
    """Yield each difference in any wallet."""
    for wallet in Wallet.objects.order_by("pk").iterator(chunk_size=500):
        yield from audit_wallet(wallet)
