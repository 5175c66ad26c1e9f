from typing import Any

from billing.audit import audit
from billing.models import Wallet
from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    """Recompute every wallet from its entries."""

    help = "Recompute every wallet from its entries; exits 1 at a difference."

    def handle(self, **_options: Any) -> None:
        """Check all wallets and name the first difference."""
        first = next(audit(), None)
        if first is not None:
            raise CommandError(f"the ledger does not hold: {first}")
        self.stdout.write(f"{Wallet.objects.count()} wallets agree with their entries")
