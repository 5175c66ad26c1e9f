import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def client_ip(request: HttpRequest) -> str:
    """Return the address of the client.

    ``X-Forwarded-For`` is believed only from a proxy in TRUSTED_PROXIES (addresses, or
    networks such as 10.0.0.0/8), and only back to the last address that no trusted proxy
    wrote.
    """
    peer: str = request.META.get("REMOTE_ADDR", "")
    if not _is_trusted(peer):
        return peer
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    for hop in reversed(hops):
        if not _is_trusted(hop):
            address = _address(hop)
            return peer if address is None else str(address)
    return peer


def network_of(written: str) -> str:
    """Return whom an address stands for: itself, or of IPv6 the /64 that one client holds."""
    address = _address(written)
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, 64), strict=False))
    return written


def _is_trusted(written: str) -> bool:
    proxies = tuple(settings.TRUSTED_PROXIES)
    if written in proxies:
        return True
    address = _address(written)
    return address is not None and any(address in network for network in _networks(proxies))


@lru_cache(maxsize=8)
def _networks(proxies: tuple[str, ...]) -> tuple[Network, ...]:
    networks = []
    for proxy in proxies:
        try:
            networks.append(ipaddress.ip_network(proxy, strict=False))
        except ValueError:
            continue  # a name, which stands for itself only
    return tuple(networks)


def _address(written: str) -> Address | None:
    """Read an address as proxies write them: bare, ``[v6]:port`` or ``v4:port``."""
    bare = written
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        return ipaddress.ip_address(bare)
    except ValueError:
        return None
