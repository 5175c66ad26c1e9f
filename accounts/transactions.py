"""Domain operations run inside a transaction that their caller opened."""

from django.db import connection


class TransactionRequiredError(RuntimeError):
    """A domain operation was called outside a transaction: a fault of the caller."""


def require_transaction() -> None:
    """Refuse to go on where a failure half-way could not be undone.

    Raises:
        TransactionRequiredError: no ``transaction.atomic()`` block is open.
    """
    if not connection.in_atomic_block:
        raise TransactionRequiredError("open transaction.atomic() around this operation")
