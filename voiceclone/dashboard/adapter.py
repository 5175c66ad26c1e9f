import ipaddress

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from voiceclone.api.client_ip import client_ip


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Has allauth count attempts by the same address as everything else does."""

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the client's address, which a proxy is believed about only where it is trusted.

        An IPv4 address in IPv6 dress is undressed: allauth counts IPv6 by networks, and all of
        those would be one.
        """
        written = client_ip(request)
        try:
            address = ipaddress.ip_address(written)
        except ValueError:
            return written
        mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
        return written if mapped is None else str(mapped)
