from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import User
from accounts.operations import create_workspace


class Command(BaseCommand):
    """Make a workspace and print its id."""

    help = "Make a workspace (the tenant) and print its id."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("name", help="what the workspace is called")
        parser.add_argument("--owner", metavar="EMAIL", help="an existing person who owns it")

    def handle(self, *, name: str, owner: str | None, **_options: Any) -> None:
        """Make it."""
        person = None
        if owner is not None:
            person = User.objects.filter(email__iexact=owner).first()
            if person is None:
                raise CommandError(f"there is no user {owner}")
        with transaction.atomic():
            workspace = create_workspace(name=name, owner=person)
        self.stdout.write(workspace.pk)
