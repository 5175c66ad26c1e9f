from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from billing.errors import IdempotencyConflictError, InsufficientCreditsError
from billing.management.arguments import (
    command_actor,
    credits_amount,
    reason_text,
    workspace_by_id,
)
from billing.operations import Source, take_back
from billing.queries import balance_of


class Command(BaseCommand):
    """Take credits back from a workspace."""

    help = "Take credits back from a workspace and print what was taken and its balance."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("workspace", help="the id of the workspace")
        parser.add_argument("amount", type=credits_amount, help="credits")
        parser.add_argument(
            "--reason",
            type=reason_text,
            required=True,
            help="shown to the customer and kept for good: name an invoice, no person",
        )
        parser.add_argument(
            "--from",
            choices=["permanent", "regular", "both"],
            default="permanent",
            dest="source",
            help="the balance; of both, permanent credits go first",
        )
        parser.add_argument(
            "--up-to", action="store_true", help="take what is there where that is less"
        )
        parser.add_argument(
            "--key", help="an idempotency key: run again with it, the command takes nothing more"
        )

    def handle(
        self,
        *,
        workspace: str,
        amount: int,
        reason: str,
        source: Source,
        up_to: bool,
        key: str | None,
        **_options: Any,
    ) -> None:
        """Take them."""
        tenant = workspace_by_id(workspace)
        try:
            with transaction.atomic():
                entry = take_back(
                    workspace=tenant,
                    amount=amount,
                    reason=reason,
                    actor=command_actor(),
                    source=source,
                    up_to=up_to,
                    idempotency_key=key,
                )
        except InsufficientCreditsError as error:
            raise CommandError(
                f"there are only {error.credits} credits to take from ({source})"
            ) from None
        except IdempotencyConflictError:
            raise CommandError(f"the key {key} stands for something else") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        held = balance_of(tenant)
        self.stdout.write(
            f"took back {-entry.amount}; {held.regular} regular and {held.permanent} permanent"
            " credits are left"
        )
