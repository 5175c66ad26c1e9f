from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from billing.management.arguments import credits_amount
from speech.interventions import refund_job
from speech.management.jobs import act, add_arguments


class Command(BaseCommand):
    """Give back the price of an ended job."""

    help = "Give back the price of an ended speech or clone, once; its state stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_arguments(
            parser, reason="shown to the customer and kept for good: name a ticket, no person"
        )
        parser.add_argument(
            "--amount", type=credits_amount, help="credits; the whole price unless given"
        )

    def handle(self, *, job: str, reason: str, amount: int | None, **_options: Any) -> None:
        """Give it back."""
        done = act(
            refund_job,
            job,
            reason=reason,
            amount=amount,
            conflict="a live job is cancelled, not refunded",
        )
        self.stdout.write(f"gave back {done.refunded} of {done.cost} credits")
