"""The secret key: of the embedded default made once and kept, elsewhere given and looked at."""

import os
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

_MIN_CHARACTERS = 32
_MIN_DIFFERENT = 8
_PLACEHOLDERS = ("replace", "changeme", "insecure", "example", "secretkey")
_HOW = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'"


def check_secret_key(key: str) -> None:
    """Refuse a key that can be guessed: a short one, or what an example has in its place.

    Raises:
        ImproperlyConfigured: the message says how to make a good one.
    """
    if not key:
        raise ImproperlyConfigured(f"VOICECLONE_SECRET_KEY must be set beside REDIS_URL; {_HOW}")
    plain = key.lower().replace("_", "").replace("-", "").replace(" ", "")
    if any(word in plain for word in _PLACEHOLDERS) or len(set(key)) < _MIN_DIFFERENT:
        raise ImproperlyConfigured(f"VOICECLONE_SECRET_KEY is a placeholder; {_HOW}")
    if len(key) < _MIN_CHARACTERS:
        raise ImproperlyConfigured(
            f"VOICECLONE_SECRET_KEY must have at least {_MIN_CHARACTERS} characters; {_HOW}"
        )


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
