"""Recomputing every wallet from its entries.

Entries never change and move their wallet as they are written, so a wallet row read at any
moment must equal the sum of its first ``sequence`` entries. No lock and no snapshot is
needed; rows are streamed, so memory stays bounded.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from billing.guards import missing_guards
from billing.models import Entry, EntryKind, Wallet

_CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that is not as it must be, and where."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def audit() -> Iterator[Difference]:
    """Yield each difference there is: in the guards, wallets, jobs billed, credits taken back."""
    for name in missing_guards():
        yield Difference("the database", f"the trigger {name} is missing or off")
    for wallet in Wallet.objects.order_by("pk").iterator(chunk_size=_CHUNK):
        yield from audit_wallet(wallet)
    yield from _jobs_charged_twice()
    yield from _unfounded_refunds()
    yield from _unfounded_adjustments()


def audit_wallet(wallet: Wallet) -> Iterator[Difference]:
    """Yield each difference between a wallet and its entries."""
    where = f"wallet {wallet.pk}"
    regular = permanent = sequence = 0
    entries = Entry.objects.filter(wallet=wallet, sequence__lte=wallet.sequence)
    rows = entries.order_by("sequence").values_list(
        "sequence", "regular", "permanent", "regular_after", "permanent_after"
    )
    for row in rows.iterator(chunk_size=_CHUNK):
        number, *parts, regular_after, permanent_after = row
        sequence += 1
        regular += parts[0]
        permanent += parts[1]
        if number != sequence:
            yield Difference(where, f"entry {sequence} is missing: the next is entry {number}")
            sequence = number
        if (regular_after, permanent_after) != (regular, permanent):
            yield Difference(
                where,
                f"entry {number} says {regular_after} + {permanent_after},"
                f" the entries give {regular} + {permanent}",
            )
    if (wallet.sequence, wallet.regular, wallet.permanent) != (sequence, regular, permanent):
        yield Difference(
            where,
            f"the wallet says {wallet.regular} + {wallet.permanent} after entry"
            f" {wallet.sequence}, the entries give {regular} + {permanent} after entry {sequence}",
        )
    newest = Entry.objects.filter(wallet=wallet).aggregate(Max("sequence", default=0))
    wallet.refresh_from_db(fields=["sequence"])  # entries may have been written meanwhile
    if newest["sequence__max"] > wallet.sequence:
        yield Difference(where, f"entry {newest['sequence__max']} did not move the wallet")


def _jobs_charged_twice() -> Iterator[Difference]:
    for kind in (EntryKind.CHARGE, EntryKind.REFUND):
        jobs = (
            Entry.objects.filter(kind=kind)
            .order_by()
            .values_list("job_id")
            .annotate(times=Count("pk"))
            .filter(times__gt=1)
        )
        for job_id, times in jobs.iterator(chunk_size=_CHUNK):
            yield Difference(f"job {job_id}", f"has {times} entries of kind {kind}")


def _unfounded_refunds() -> Iterator[Difference]:
    covering = Entry.objects.filter(
        kind=EntryKind.CHARGE,
        job_id=OuterRef("job_id"),
        wallet=OuterRef("wallet"),
        regular__lte=OuterRef("regular_taken"),
        permanent__lte=OuterRef("permanent_taken"),
    )
    refunds = Entry.objects.filter(kind=EntryKind.REFUND).alias(
        regular_taken=-F("regular"), permanent_taken=-F("permanent")
    )
    rows = refunds.filter(~Exists(covering)).values_list("job_id", "wallet_id", "sequence")
    for job_id, wallet_id, sequence in rows.iterator(chunk_size=_CHUNK):
        yield Difference(
            f"job {job_id}",
            f"entry {sequence} of wallet {wallet_id} gives back more than was charged",
        )


def _unfounded_adjustments() -> Iterator[Difference]:
    wrong = Q(regular__gt=0) | Q(permanent__gt=0) | Q(reason="")
    rows = Entry.objects.filter(wrong, kind=EntryKind.ADJUST).order_by("pk")
    for wallet_id, sequence in rows.values_list("wallet_id", "sequence").iterator():
        yield Difference(
            f"wallet {wallet_id}",
            f"entry {sequence} adjusts upwards or without a reason",
        )
