"""The secret key of the embedded default: made once, kept in its home, mode 600."""

import os
from pathlib import Path

from django.core.management.utils import get_random_secret_key


def local_secret_key(home: Path) -> str:
    """Return the key kept in ``home``; makes it where there is none.

    Two processes that start at once agree: the one that loses the race reads the other's.
    """
    path = home / "secret-key"
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    home.mkdir(parents=True, exist_ok=True)
    draft = home / f".secret-key.{os.getpid()}"
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(get_random_secret_key())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()
