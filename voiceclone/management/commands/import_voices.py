from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from voices.importing import ImportRefusedError, import_recording


class Command(BaseCommand):
    """Give system voices recordings of their own."""

    help = "Import recordings for the system voices: files named 'Amy - female, cheerful.wav'."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path, help="a folder with one recording a voice")

    def handle(self, *, folder: Path, **_options: Any) -> None:
        """Import every file; exits 1 where one was refused, after the others."""
        if not folder.is_dir():
            raise CommandError(f"{folder} is not a folder")
        refused = 0
        files = sorted(path for path in folder.iterdir() if path.is_file())
        for path in files:
            try:
                voice = import_recording(path)
            except ImportRefusedError as error:
                refused += 1
                self.stderr.write(f"{path.name}: {error}")
            else:
                self.stdout.write(f"{path.name}: {voice.title} ({voice.short_id})")
        if refused or not files:
            raise CommandError(f"{refused} of {len(files)} files were not imported")
