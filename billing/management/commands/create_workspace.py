from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from accounts.operations import create_workspace
from billing.management.arguments import command_actor, credits_amount
from billing.operations import grant


class Command(BaseCommand):
    """Make a workspace and print its id."""

    help = "Make a workspace (the tenant) and print its id. It is empty unless --credits is given."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("name", help="what the workspace is called")
        parser.add_argument("--owner", metavar="EMAIL", help="an existing person who owns it")
        parser.add_argument(
            "--credits", type=credits_amount, metavar="N", help="permanent credits to begin with"
        )

    def handle(
        self,
        *,
        name: str,
        owner: str | None,
        credits: int | None,  # noqa: A002 - the option's name
        **_options: Any,
    ) -> None:
        """Make it."""
        person = None
        if owner is not None:
            person = User.objects.filter(email__iexact=owner).first()
            if person is None:
                raise CommandError(f"there is no user {owner}")
        with transaction.atomic():
            workspace = create_workspace(name=name, owner=person)
            if credits is not None:
                grant(
                    workspace=workspace,
                    amount=credits,
                    actor=command_actor(),
                    reason="create_workspace --credits",
                )
        self.stdout.write(workspace.pk)
