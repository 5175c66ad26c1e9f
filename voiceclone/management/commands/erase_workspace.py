from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Workspace
from voiceclone.housekeeping.erase import FilesRemainError, erase_workspace


class Command(BaseCommand):
    """Erase a workspace for good; its ledger stays."""

    help = "Erase a workspace's people, keys, voices, speeches and files. The ledger stays."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("workspace", help="the id of the workspace")
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *, workspace: str, yes: bool, **_options: Any) -> None:
        """Erase it."""
        tenant = Workspace.objects.filter(pk=workspace).first()
        if tenant is None:
            raise CommandError(f"there is no workspace {workspace}")
        if not yes:
            answer = input(f"Erase {tenant.name} ({workspace}) for good? Write its id: ")
            if answer.strip() != workspace:
                raise CommandError("nothing was erased")
        try:
            erase_workspace(tenant)
        except FilesRemainError:
            said = "the scheduler tries again every ten minutes; or run this again"
            raise CommandError(f"some files could not be removed: {said}") from None
        self.stdout.write(f"{workspace} is erased")
