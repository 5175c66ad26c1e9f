"""Secrets and signatures after the Standard Webhooks specification, version 1.

Signing needs a secret in the clear, so it cannot be stored as a hash. It is stored sealed
under a key made from SECRET_KEY, such that a copy of the database alone signs nothing.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac

_PREFIX = "whsec_"
_SECRET_BYTES = 32
_SALT = "speech.webhooks.secret"


class SecretUnreadableError(Exception):
    """A stored secret was sealed under a key that is no longer known."""


def new_secret() -> str:
    """Return a fresh secret as its owner writes it: ``whsec_`` and 32 bytes in base64."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def seal(secret: str) -> str:
    """Return a secret as it is stored."""
    return _box().encrypt(secret.encode()).decode()


def unseal(sealed: str) -> str:
    """Return a stored secret as its owner writes it.

    Raises:
        SecretUnreadableError: SECRET_KEY changed and the old one is not in its fallbacks.
    """
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SecretUnreadableError from error


def signature(written_secrets: Iterable[str], *, message_id: str, at: int, body: bytes) -> str:
    """Return the ``webhook-signature`` header: one signature a secret, the newest first.

    ``at`` is the ``webhook-timestamp``, in Unix seconds.
    """
    signed = f"{message_id}.{at}.".encode() + body
    marks = (
        hmac.new(base64.b64decode(secret.removeprefix(_PREFIX)), signed, hashlib.sha256).digest()
        for secret in written_secrets
    )
    return " ".join(f"v1,{base64.b64encode(mark).decode()}" for mark in marks)


def _box() -> MultiFernet:
    known = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    keys = (salted_hmac(_SALT, "key", secret=one, algorithm="sha256").digest() for one in known)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in keys])
