import time
from typing import Any

from django.conf import settings

from voiceclone.folder_storage import FolderStorage


class SlowStorage(FolderStorage):
    """A folder that takes three leases to store a speech."""

    def _save(self, name: str, content: Any) -> str:
        if name.startswith("speeches/"):
            time.sleep(3 * settings.JOB_LEASE_SECONDS)
        return super()._save(name, content)
