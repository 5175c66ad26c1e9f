import fcntl
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Self

PREFIX = "voiceclone-test-"
GRACE_SECONDS = 60  # between making a folder and locking it


class TemporaryFolder:
    """A folder that goes with its owner: with ``close``, or at the latest with a later run.

    The owner holds a lock on it, which the kernel takes back however the owner ends, so a folder
    without one was left behind by a run that was killed.
    """

    def __init__(self, name: str, uid: int | None = None) -> None:
        """Make the folder for the user ``uid``, who can also enter those above it."""
        base = Path(tempfile.gettempdir())
        if uid is not None and not _is_enterable(base):
            base = Path("/tmp")  # TMPDIR lies in a private home
        _remove_abandoned(base)
        self.path = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{name}-", dir=base))
        self._lock = os.open(self.path, os.O_RDONLY)
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        if uid is not None:
            os.chown(self.path, uid, -1)

    def close(self) -> None:
        """Remove the folder and what is in it."""
        shutil.rmtree(self.path, ignore_errors=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()


def _is_enterable(folder: Path) -> bool:
    resolved = folder.resolve()
    return all(part.stat().st_mode & 0o001 for part in (resolved, *resolved.parents))


def _remove_abandoned(base: Path) -> None:
    for folder in base.glob(f"{PREFIX}*"):
        try:
            if time.time() - folder.stat().st_ctime < GRACE_SECONDS:
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            continue  # gone meanwhile, or another user's
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except BlockingIOError:
            pass  # its owner lives
        finally:
            os.close(lock)
