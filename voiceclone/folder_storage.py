from contextlib import suppress
from pathlib import Path
from typing import Any

from django.core.files.storage import FileSystemStorage


class FolderStorage(FileSystemStorage):
    """Django's storage in a folder, which leaves nothing of a file that it could not write whole.

    On a full disk the beginnings of files would take what room is left, and no row names them.
    """

    def _save(self, name: str, content: Any) -> str:
        path = Path(self.path(name))
        was_there = path.exists()
        try:
            saved: str = super()._save(name, content)  # type: ignore[misc]  # not in the stubs
        except BaseException:
            if not was_there:
                with suppress(OSError):
                    path.unlink()
            raise
        return saved
