from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from billing.errors import IdempotencyConflictError
from billing.management.arguments import (
    command_actor,
    credits_amount,
    reason_text,
    workspace_by_id,
)
from billing.operations import Balance, grant
from billing.queries import balance_of


class Command(BaseCommand):
    """Grant credits to a workspace."""

    help = "Grant credits to a workspace and print its balance."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("workspace", help="the id of the workspace")
        parser.add_argument("amount", type=credits_amount, help="credits")
        parser.add_argument(
            "--reason", type=reason_text, required=True, help="kept beside the entry, for staff"
        )
        parser.add_argument(
            "--balance",
            choices=["permanent", "regular"],
            default="permanent",
            help="regular credits lapse at the wallet's next reset",
        )
        parser.add_argument(
            "--key", help="an idempotency key: run again with it, the command grants nothing more"
        )

    def handle(
        self,
        *,
        workspace: str,
        amount: int,
        reason: str,
        balance: Balance,
        key: str | None,
        **_options: Any,
    ) -> None:
        """Grant them."""
        tenant = workspace_by_id(workspace)
        try:
            with transaction.atomic():
                grant(
                    workspace=tenant,
                    amount=amount,
                    balance=balance,
                    actor=command_actor(),
                    reason=reason,
                    idempotency_key=key,
                )
        except IdempotencyConflictError:
            raise CommandError(f"the key {key} stands for another grant") from None
        except ValueError as error:
            raise CommandError(str(error)) from None
        held = balance_of(tenant)
        self.stdout.write(f"{held.regular} regular and {held.permanent} permanent credits")
