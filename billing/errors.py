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


class WalletMovedError(BillingError):
    """A wallet changed under a held lock: the database's promise was broken."""

    code = "WALLET_MOVED"


class UnknownChargeError(BillingError):
    """There is no charge to give back."""

    code = "UNKNOWN_CHARGE"
