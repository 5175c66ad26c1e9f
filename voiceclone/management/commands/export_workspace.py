from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Workspace
from voiceclone.housekeeping.export import ExportFailedError, export_workspace


class Command(BaseCommand):
    """Write everything a workspace holds to a zip file."""

    help = "Write a workspace's data and audio to a zip file."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("workspace", help="the id of the workspace")
        parser.add_argument("file", type=Path, help="the zip file to write")

    def handle(self, *, workspace: str, file: Path, **_options: Any) -> None:
        """Write it."""
        tenant = Workspace.objects.filter(pk=workspace).first()
        if tenant is None:
            raise CommandError(f"there is no workspace {workspace}")
        if file.exists():
            raise CommandError(f"{file} exists already")
        try:
            made = export_workspace(tenant, file)
        except ExportFailedError as error:
            file.unlink(missing_ok=True)
            raise CommandError(f"the storage cannot be read: {error.__cause__!r}") from error
        self.stdout.write(f"{file}: {made.files} audio files")
        for name in made.missing:
            self.stderr.write(f"{name} is missing; workspace.json lists it")
