"""The one place where a rule that the database refused to break becomes an error of ours."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError

from accounts.closing import WorkspaceClosedError
from accounts.integrity import broken_rule
from billing.errors import (
    AlreadyBilledError,
    IdempotencyConflictError,
    ReferenceUsedError,
    WalletMovedError,
)

ERRORS: dict[str, type[Exception]] = {
    "billing_entry_chain": WalletMovedError,
    "billing_entry_sequence_unique": WalletMovedError,
    "billing_entry_one_charge_per_job": AlreadyBilledError,
    "billing_entry_one_refund_per_job": AlreadyBilledError,
    "billing_entry_idempotency_unique": IdempotencyConflictError,
    "billing_entry_workspace_open": WorkspaceClosedError,
    "billing_paymentevent_reference_once": ReferenceUsedError,
}
"""By the name of the constraint. The other rules break only by a fault of ours."""


@contextmanager
def translated() -> Iterator[None]:
    """Raise our own error in place of an IntegrityError that has one."""
    try:
        yield
    except IntegrityError as error:
        ours = ERRORS.get(broken_rule(error))
        if ours is None:
            raise
        raise ours(str(error).partition("\n")[0]) from error
