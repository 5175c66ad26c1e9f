from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.api_keys import TooManyKeysError, create_api_key
from accounts.models import Scope, Workspace


class Command(BaseCommand):
    """Make an API key and print it, once."""

    help = "Make an API key for a workspace and print it. It is shown this once."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("workspace", help="the id of the workspace")
        parser.add_argument("--name", default="command line")
        parser.add_argument("--scope", action="append", choices=Scope.values, dest="scopes")
        parser.add_argument("--expires-in-days", type=int, dest="days")

    def handle(
        self,
        *,
        workspace: str,
        name: str,
        scopes: list[str] | None,
        days: int | None,
        **_options: Any,
    ) -> None:
        """Make it."""
        tenant = Workspace.objects.filter(pk=workspace).first()
        if tenant is None:
            raise CommandError(f"there is no workspace {workspace}")
        if days is not None and days < 1:
            raise CommandError("--expires-in-days must be at least 1")
        try:
            _key, written = create_api_key(
                workspace=tenant,
                name=name,
                scopes=scopes or Scope.values,
                expires_at=None if days is None else timezone.now() + timedelta(days=days),
            )
        except TooManyKeysError:
            raise CommandError("the workspace holds as many live keys as it may") from None
        self.stdout.write(written)
