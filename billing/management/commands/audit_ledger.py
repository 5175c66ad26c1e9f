from typing import Any

from django.core.management.base import BaseCommand, CommandError

from billing.audit import audit
from billing.models import Wallet


class Command(BaseCommand):
    """Recompute every wallet from its entries."""

    help = (
        "Recompute every wallet from its entries, check that jobs were charged and refunded"
        " once, and that the triggers stand; exits 1 with the first difference."
    )

    def handle(self, **_options: Any) -> None:
        """Check all wallets and name the first difference."""
        first = next(audit(), None)
        if first is not None:
            raise CommandError(f"the ledger does not hold: {first}")
        self.stdout.write(f"{Wallet.objects.count()} wallets agree with their entries")
