"""URLs that must be refused, each without a single connection."""

import pytest

from inference.fetch import guarded
from inference.fetch.errors import FetchError
from inference.fetch.target import read_target

REFUSED = {"INVALID_URL", "FORBIDDEN_ADDRESS"}

# {port} is the canary's, on 127.0.0.1 and ::1.
LOOPBACK = [
    "http://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}",
    "http://127.1:{port}/",
    "http://127.0.1:{port}/",
    "http://127.255.255.254:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/",
    "http://0x7f.0.0.1:{port}/",
    "http://0x7f.0x0.0x0.0x1:{port}/",
    "http://0X7F.1:{port}/",
    "http://0177.0.0.1:{port}/",
    "http://0177.0000.0000.0001:{port}/",
    "http://017700000001:{port}/",
    "http://0000127.0.0.1:{port}/",
    "http://127.0.0.1.:{port}/",
    "http://127.0.0.1..:{port}/",
    "http://localhost:{port}/",
    "http://LOCALHOST:{port}/",
    "http://localhost.:{port}/",
    "http://a.localhost:{port}/",
    "http://localhost.localdomain:{port}/",
    "http://ip6-localhost:{port}/",
    "http://0.0.0.0:{port}/",
    "http://0:{port}/",
    "http://0.0:{port}/",
    "http://[::1]:{port}/",
    "http://[0:0:0:0:0:0:0:1]:{port}/",
    "http://[::]:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/",
    "http://[::ffff:7f00:1]:{port}/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]:{port}/",
    "http://[::127.0.0.1]:{port}/",
    "http://[::ffff:0:127.0.0.1]:{port}/",
    "http://[64:ff9b::127.0.0.1]:{port}/",
    "http://[64:ff9b:1::7f00:1]:{port}/",
    "http://[2002:7f00:1::]:{port}/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]:{port}/",
    "http://[::1%25lo]:{port}/",
    "http://[::1%lo]:{port}/",
    "http://[::1]x:{port}/",
    "http://[127.0.0.1]:{port}/",
    "http://[::1:{port}/",
    "http://::1:{port}/",
    "http://127。0。0。1:{port}/",
    "http://１２７.0.0.1:{port}/",  # noqa: RUF001 - the attack itself
    "http://①②⑦.0.0.1:{port}/",
    "http://ⓛocalhost:{port}/",
    "http://127.0.0.1%00.example.com:{port}/",
    "http://127%2e0%2e0%2e1:{port}/",
    "http://%31%32%37.0.0.1:{port}/",
    "http://example.com@127.0.0.1:{port}/",
    "http://user:password@example.com/",
    "http://@example.com/",
    "http://127.0.0.1:{port}@example.com/",
    "http://127.0.0.1:{port}\\@example.com/",
    "http:\\\\127.0.0.1:{port}\\",
    "http://example.com\\@127.0.0.1:{port}/",
    "http://127.0.0.1:{port}#@example.com/",
    "http://127.0.0.1:{port}?@example.com/",
    "http:///127.0.0.1:{port}/",
    "http:/127.0.0.1:{port}/",
    "http:127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "127.0.0.1:{port}/",
    " http://127.0.0.1:{port}/",
    "http://127.0.0.1 :{port}/",
    "http://127.0.0.1\t:{port}/",
    "ht\ntp://127.0.0.1:{port}/",
    "http://127.0.0.1\r\n:{port}/",
    "http://example.com/\r\nHost: 127.0.0.1",
    "http://127.0.0.1\x00:{port}/",
    "http://\u200b127.0.0.1:{port}/",
]
CLOSED = [
    "http://10.0.0.1/",
    "http://100.64.0.1/",
    "http://100.100.100.200/latest/meta-data/",
    "http://168.63.129.16/machine?comp=goalstate",
    "http://169.254.169.254/latest/meta-data/",
    "http://169.254.170.2/v2/credentials",
    "http://2852039166/latest/meta-data/",
    "http://[::ffff:169.254.169.254]/latest/meta-data/",
    "http://[64:ff9b::a9fe:a9fe]/latest/meta-data/",
    "http://[2002:a9fe:a9fe::]/latest/meta-data/",
    "http://[fd00:ec2::254]/latest/meta-data/",
    "http://metadata.google.internal/computeMetadata/v1/",
    "http://metadata/computeMetadata/v1/",
    "http://172.16.0.1/",
    "http://172.31.255.255/",
    "http://192.0.0.192/",
    "http://192.0.2.1/",
    "http://192.88.99.1/",
    "http://192.168.0.1/",
    "http://198.18.0.1/",
    "http://198.51.100.1/",
    "http://203.0.113.1/",
    "http://224.0.0.1/",
    "http://239.255.255.250:1900/",
    "http://240.0.0.1/",
    "http://255.255.255.255/",
    "http://[fc00::1]/",
    "http://[fd12:3456::1]/",
    "http://[fe80::1]/",
    "http://[fe80::1%25eth0]/",
    "http://[fec0::1]/",
    "http://[ff02::1]/",
    "http://[100::1]/",
    "http://[2001:db8::1]/",
    "http://[2001:20::1]/",
    "http://[3fff::1]/",
    "http://[5f00::1]/",
    "http://redis:6379/",
    "http://printer.local/",
]
WRITTEN_BADLY = [
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com:70/_x",
    "javascript:alert(1)",
    "data:text/plain,hello",
    "unix:///var/run/docker.sock",
    "https+unix://example.com/",
    "http://",
    "http://.",
    "http://..",
    "http://.example.com/",
    "http://example..com/",
    "http://example.com./",
    "http://-example.com/",
    "http://exa mple.com/",
    "http://example.com:0/",
    "http://example.com:00080/",
    "http://example.com:-1/",
    "http://example.com:65536/",
    "http://example.com:99999999/",
    "http://example.com:/",
    "http://example.com:８０/",  # noqa: RUF001 - the attack itself
    "http://example.com:80:80/",
    "http://example.com:22/",
    "http://example.com:25/",
    "http://example.com:5432/",
    "http://example.com:6379/",
    "http://example.com:11211/",
    "http://1.2.3/",
    "http://1.2.3.4.5/",
    "http://256.1.1.1/",
    "http://example.0x7f/",
    "http://" + "a" * 64 + ".example.com/",
    "http://example.com/" + "a" * 2048,
    "",
]


@pytest.mark.parametrize("url", LOOPBACK + CLOSED + WRITTEN_BADLY)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_hostile_url_is_refused_for_good_without_a_connection(
    url, method, canary, resolver, dialled
):
    for name in ("localhost.localdomain", "ip6-localhost", "localhost", "example.com"):
        resolver.say(name, ["127.0.0.1", "::1"])
    aimed = url.replace("{port}", str(canary.port))
    with pytest.raises(FetchError) as refusal:
        guarded.get(aimed, max_bytes=9) if method == "GET" else guarded.post(aimed, b"{}", {})
    assert refusal.value.code in REFUSED
    assert refusal.value.permanent
    assert dialled == []
    assert canary.visits == 0


@pytest.mark.parametrize("url", WRITTEN_BADLY)
def test_a_url_written_badly_is_refused_before_any_look_up(url):
    with pytest.raises(FetchError):
        read_target(url)


@pytest.mark.parametrize("port", [80, 443, 8080, 8443, 3000, 49152])
def test_ports_of_the_web_are_open(port):
    assert read_target(f"http://example.com:{port}/").port == port


def test_the_table_is_long():
    assert len({*LOOPBACK, *CLOSED, *WRITTEN_BADLY}) >= 60


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "169.253.0.1",
     "2606:4700:4700::1111", "2a00:1450::1", "2001:200::1"],
)  # fmt: skip
def test_public_addresses_stay_public(address):
    from ipaddress import ip_address

    from inference.fetch.addresses import is_public

    assert is_public(ip_address(address))
