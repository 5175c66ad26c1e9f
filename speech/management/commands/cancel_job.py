from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from speech.interventions import cancel_job
from speech.management.jobs import act, add_arguments


class Command(BaseCommand):
    """Cancel a speech or a clone."""

    help = "Cancel a speech or a clone that has not ended; its price is given back."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_arguments(parser, reason="kept on record for good: name a ticket, no person")

    def handle(self, *, job: str, reason: str, **_options: Any) -> None:
        """Cancel it."""
        done = act(cancel_job, job, reason=reason, conflict="only a live job can be cancelled")
        if done.is_final:
            self.stdout.write(f"{done.pk} is {done.state}; {done.refunded} credits were given back")
        else:
            self.stdout.write(f"{done.pk} is in work and stops at its next step")
