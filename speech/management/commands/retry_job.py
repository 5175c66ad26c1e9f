from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from speech.interventions import retry_job
from speech.management.jobs import act, add_arguments


class Command(BaseCommand):
    """Make a failed speech or clone anew."""

    help = (
        "Make a speech or a clone anew that failed, was cancelled or timed out, and print the id"
        " of the new job. The workspace is charged for it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        add_arguments(parser, reason="kept on record for good: name a ticket, no person")

    def handle(self, *, job: str, reason: str, **_options: Any) -> None:
        """Make it anew."""
        conflict = "a job is retried once, after it has failed"
        self.stdout.write(act(retry_job, job, reason=reason, conflict=conflict).pk)
