from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.models import Workspace
from voiceclone.housekeeping.export import export_workspace


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
        count = export_workspace(tenant, file)
        self.stdout.write(f"{file}: {count} audio files")
