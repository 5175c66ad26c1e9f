"""What can go wrong with credits."""


class BillingError(Exception):
    """Base of this app's errors; ``code`` is stable."""

    code = "BILLING_ERROR"


class InsufficientCreditsError(BillingError):
    """The wallet holds less than the price."""

    code = "USAGE_LIMIT_EXCEEDED"

    def __init__(self, *, credits: int, needed: int) -> None:  # noqa: A002 - the field's name
        super().__init__(f"{needed} credits needed, {credits} there")
        self.credits = credits
        self.needed = needed


class AlreadyBilledError(BillingError):
    """The job was charged, or its charge given back, before: each happens once."""

    code = "ALREADY_BILLED"


class UnknownChargeError(BillingError):
    """There is no charge to give back."""

    code = "UNKNOWN_CHARGE"


class IdempotencyConflictError(BillingError):
    """An idempotency key came again with a different wish."""

    code = "IDEMPOTENCY_CONFLICT"


class ReferenceUsedError(BillingError):
    """An external reference came again for another workspace or another purpose."""

    code = "REFERENCE_USED"


class AlreadySubscribedError(BillingError):
    """The workspace has a plan: it can be changed or ended, not started."""

    code = "ALREADY_SUBSCRIBED"


class NotSubscribedError(BillingError):
    """The workspace has no plan that could be changed or ended."""

    code = "NOT_SUBSCRIBED"


class PlanNotOfferedError(BillingError):
    """The plan is not active, so nobody can choose it."""

    code = "PLAN_NOT_OFFERED"


class WalletMovedError(BillingError):
    """A wallet changed under a held lock: the database's promise was broken."""

    code = "WALLET_MOVED"
