"""Reading the API key that a request carries; looked up once a request."""

from accounts.api_keys import authenticate, record_use
from accounts.models import ApiKey
from django.http import HttpRequest


def written_key(request: HttpRequest) -> str:
    """Return the key as it was sent: ``Authorization: Bearer KEY`` or ``x-api-key: KEY``."""
    header: str = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    sent: str = request.META.get("HTTP_X_API_KEY", "")
    return sent.strip()


def api_key_of(request: HttpRequest) -> ApiKey | None:
    """Return the live key that signs this request, or None."""
    if not hasattr(request, "_api_key"):
        key = authenticate(written_key(request))
        if key is not None:
            record_use(key)
        request._api_key = key  # type: ignore[attr-defined]  # noqa: SLF001 - our own slot
    found: ApiKey | None = request._api_key  # type: ignore[attr-defined]  # noqa: SLF001
    return found
