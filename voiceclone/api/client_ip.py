from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Return the address of the client.

    ``X-Forwarded-For`` is believed only from a proxy in TRUSTED_PROXIES, and only back to
    the last address that no trusted proxy wrote.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if peer not in settings.TRUSTED_PROXIES:
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for hop in reversed(hops):
        if hop and hop not in settings.TRUSTED_PROXIES:
            return hop
    return peer
