"""Reading a customer's URL strictly: one spelling of each thing, and no second opinion.

Libraries disagree on odd spellings (``http://0x7f.1``, backslashes, dots at the end), and
an attacker lives on such disagreements. Here a URL is taken apart once, and only the parts
are used from then on.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from urllib.parse import quote

from inference.fetch.addresses import is_public
from inference.fetch.errors import forbidden, invalid

MAX_URL_CHARS = 2048
_MAX_PORT = 65535
_MAX_NAME_CHARS = 253
_URL = re.compile(r"(?i)(https?)://([^/?#]*)([^#]*)(#.*)?")
_AUTHORITY = re.compile(r"(\[[^\[\]]*\]|[^:\[\]]*)(?::([1-9][0-9]{0,4}))?")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_WELL_KNOWN = range(1024)
_WEB_PORTS = {80: "http", 443: "https"}
_OTHER_SERVICES = frozenset(
    {
        1025, 1080, 1433, 1434, 1521, 1719, 1720, 1723, 1883, 2049, 2181, 2375, 2376, 2377,
        2379, 2380, 3128, 3306, 3389, 3659, 4045, 4190, 4369, 5060, 5061, 5432, 5433, 5671,
        5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6432, 6443, 6566, 6665, 6666, 6667,
        6668, 6669, 6679, 6697, 7000, 7001, 8086, 8125, 8500, 9042, 9092, 9200, 9300, 10080,
        10250, 10255, 11211, 15672, 16379, 26379, 27017, 27018, 27019, 28017, 50070, 61616,
    }
)  # fmt: skip
"""Ports above 1023 on which something other than the web listens: those that browsers refuse,
databases, caches, brokers, container and cluster control."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes. ``host`` is a name or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str
    excepted: bool
    """Whether the operator allows this very host and port whatever their address."""

    @property
    def written_host(self) -> str:
        """The host as URLs and the Host header write it."""
        return f"[{self.host}]" if ":" in self.host else self.host

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        usual = _WEB_PORTS.get(self.port) == self.scheme
        return self.written_host if usual else f"{self.written_host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL as we understood it."""
        return f"{self.scheme}://{self.host_header}{self.path}"

    @property
    def literal(self) -> IPv4Address | IPv6Address | None:
        """The address that stands in the URL itself, if one does."""
        return _literal(self.host)


def read_target(url: str, *, allowed: Collection[str] = ()) -> Target:
    """Take a URL apart and refuse what can be refused without a look at the network.

    ``allowed`` holds the operator's exceptions, ``host:port`` in lower case (IPv6 in
    brackets, shortest form); such a host and port pass whatever their address.

    Raises:
        FetchError: ``INVALID_URL`` or ``FORBIDDEN_ADDRESS``, both permanent.
    """
    if len(url) > MAX_URL_CHARS:
        raise invalid(f"A URL has at most {MAX_URL_CHARS} characters.")
    if "\\" in url or any(character.isspace() or not character.isprintable() for character in url):
        raise invalid("A URL holds no spaces, control characters or backslashes.")
    parts = _URL.fullmatch(url)
    if parts is None:
        raise invalid("The URL must begin with http:// or https://.")
    scheme = parts[1].lower()
    if "@" in parts[2]:
        raise invalid("A URL must not carry a user name or password.")
    authority = _AUTHORITY.fullmatch(parts[2])
    if authority is None:
        raise invalid("The URL's host or port is not valid.")
    host = _host(authority[1])
    port = int(authority[2]) if authority[2] else {"http": 80, "https": 443}[scheme]
    if port > _MAX_PORT:
        raise invalid("The URL's host or port is not valid.")
    target = Target(scheme, host, port, _path(parts[3]), excepted=False)
    if f"{target.written_host}:{port}" in allowed:
        return Target(scheme, host, port, target.path, excepted=True)
    _refuse_closed(target)
    return target


def _host(written: str) -> str:
    if written.startswith("["):
        try:
            address = IPv6Address(written[1:-1])
        except AddressValueError:
            raise invalid("The URL's host is not a valid address.") from None
        if address.scope_id is not None:
            raise invalid("The URL's host is not a valid address.")
        return str(address)
    if not written.isascii():
        raise invalid("Write the URL's host name in ASCII (xn--…).")
    host = written.lower()
    labels = host.split(".")
    if len(host) > _MAX_NAME_CHARS or not all(_LABEL.fullmatch(label) for label in labels):
        raise invalid("The URL's host name is not valid.")
    if _NUMERIC.fullmatch(labels[-1]) and _literal(host) is None:
        raise invalid("Write the URL's address as four decimal numbers.")
    return host


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    kind = IPv6Address if ":" in host else IPv4Address
    try:
        return kind(host)
    except AddressValueError:
        return None


def _path(written: str) -> str:
    path = quote(written, safe="!#$%&'()*+,/:;=?@[]~")
    return path if path.startswith("/") else f"/{path}"


def _refuse_closed(target: Target) -> None:
    literal = target.literal
    if literal is not None:
        if not is_public(literal):
            raise forbidden()
    elif "." not in target.host or target.host.endswith((".localhost", ".local", ".internal")):
        raise forbidden()
    if target.port in _OTHER_SERVICES or (
        target.port in _WELL_KNOWN and target.port not in _WEB_PORTS
    ):
        raise forbidden("The URL's port is not one of the web.")
