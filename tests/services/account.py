"""Running servers without root, which PostgreSQL refuses and Redis does not need."""

import os
import pwd
import shutil
from pathlib import Path


def server_uid() -> int | None:
    """Return the user id that servers run as, or None where that is the caller's own."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("nobody").pw_uid
    except KeyError:
        return 65534


def is_reachable(path: Path) -> bool:
    """Say whether any user may read ``path`` and enter the folders above it."""
    resolved = path.resolve()
    enterable = all(folder.stat().st_mode & 0o001 for folder in resolved.parents)
    return enterable and bool(resolved.stat().st_mode & 0o004)


def hand_over(source: Path, target: Path, uid: int) -> Path:
    """Copy ``source`` to ``target`` for a user that cannot read it where it is."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
    for path in (target, *target.rglob("*")) if target.is_dir() else (target,):
        os.chown(path, uid, -1, follow_symlinks=False)
    return target
