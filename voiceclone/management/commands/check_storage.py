from typing import Any

from django.core.files.storage import default_storage
from django.core.management.base import BaseCommand, CommandError, CommandParser

from voiceclone.housekeeping.stored_files import files_without_row, rows_without_file


class Command(BaseCommand):
    """Compare storage with the rows that name its files."""

    help = "Name rows without a file and files without a row; exits 1 where there are any."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "--remove", action="store_true", help="remove the files that no row names"
        )

    def handle(self, *, remove: bool, **_options: Any) -> None:
        """Look at everything."""
        lost = orphans = 0
        for finding in rows_without_file():
            lost += 1
            self.stdout.write(f"{finding.name}: {finding.what}")
        for finding in files_without_row():
            orphans += 1
            if remove:
                default_storage.delete(finding.name)
            ending = "; removed" if remove else ""
            self.stdout.write(f"{finding.name}: {finding.what}{ending}")
        if lost or (orphans and not remove):
            raise CommandError(f"{lost} rows without a file, {orphans} files without a row")
        self.stdout.write("storage and rows agree")
