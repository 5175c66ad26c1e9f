"""When two email addresses count as one for sign-up credits, and how one is remembered.

Letters are lower-cased and a ``+tag`` is dropped for every provider. Dots are dropped for
Gmail only, which ignores them. Who is wrongly taken for somebody else loses free credits and
nothing more.
"""

from django.conf import settings
from django.utils.crypto import salted_hmac

_SALT = "billing.signup_address"
_GMAIL = {"gmail.com", "googlemail.com"}


def normalised(address: str) -> str:
    """Return the form that all spellings of one mailbox share."""
    local, _, domain = address.strip().lower().rpartition("@")
    local = local.partition("+")[0] or local
    domain = domain.rstrip(".")
    if domain in _GMAIL:
        return f"{local.replace('.', '')}@gmail.com"
    return f"{local}@{domain}"


def address_hashes(address: str) -> list[str]:
    """Return the hashes an address may be remembered by; the first is the one to store.

    There is one for each secret key in force, the current one first.
    """
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return [
        salted_hmac(_SALT, normalised(address), secret=secret, algorithm="sha256").hexdigest()
        for secret in secrets
    ]
