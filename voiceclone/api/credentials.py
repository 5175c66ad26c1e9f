"""Reading the API key that a request carries; looked up once a request."""

import re

from django.http import HttpRequest

from accounts.api_keys import authenticate, record_use
from accounts.models import ApiKey

_PLAIN = re.compile(r"[A-Za-z0-9_]+")
_BARE_KEYS_UNDER = "/v2/"


def written_key(request: HttpRequest) -> str:
    """Return the key as it was sent: ``Authorization: Bearer KEY`` or ``x-api-key: KEY``.

    RunPod's clients may leave out the word Bearer. An empty Bearer counts as none, and so does
    what no key can look like (a NUL within, for one).
    """
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        sent = value.strip()
    elif header and not value and request.path_info.startswith(_BARE_KEYS_UNDER):
        sent = header.strip()
    else:
        sent = ""
    sent = sent or str(request.META.get("HTTP_X_API_KEY", "")).strip()
    return sent if _PLAIN.fullmatch(sent) else ""


def api_key_of(request: HttpRequest) -> ApiKey | None:
    """Return the live key that signs this request, or None."""
    if not hasattr(request, "_api_key"):
        key = authenticate(written_key(request))
        if key is not None:
            record_use(key)
        request._api_key = key  # type: ignore[attr-defined]  # noqa: SLF001 - our own slot
    found: ApiKey | None = request._api_key  # type: ignore[attr-defined]  # noqa: SLF001
    return found
