"""The addresses that audio is served at."""

import time
from collections.abc import Callable
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
import requests
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from tests.api.replies import ok
from tests.services.s3 import KEY
from tests.support.callers import Caller
from voiceclone import files
from voiceclone.files import SharedFile, signed_url

HOUR = 1_800_000_000 // 3600 * 3600
CONTENT = bytes(range(250)) * 4  # 1000 bytes, each told from its neighbours


@pytest.fixture
def url() -> str:
    name = default_storage.save("speeches/test/audio.mp3", ContentFile(CONTENT))
    yield signed_url(SharedFile(name, "audio/mpeg", {"x-engine": "espeak"}), seconds=3600)
    default_storage.delete(name)


def token_of(url: str) -> str:
    return urlsplit(url).path.split("/")[2]


def ends(url: str) -> float:
    """Return when an address ends, in seconds since 1970."""
    return signing.Signer(salt="voiceclone.files.address").unsign_object(token_of(url))["e"]


def body(reply) -> bytes:
    return b"".join(reply.streaming_content) if reply.streaming else reply.content


def get(url: str, **headers: str):
    return Client(headers=headers).get(url)


def test_an_address_is_absolute_and_of_the_public_url(url: str, settings) -> None:
    assert url.startswith("http://testserver/files/")
    settings.PUBLIC_URL = "https://voice.example.com"
    assert signed_url(SharedFile("a/b.mp3", "audio/mpeg", {})).startswith(
        "https://voice.example.com/files/"
    )


def test_the_host_header_has_no_say_in_an_address(ada: Caller) -> None:
    voice = ok(ada.clone())["voice"]
    path = f"/api/v1/voices/{voice['id']}"
    shown = ok(ada.get(path, headers={"Host": "localhost"}))["voice"]
    assert shown["audioUrl"].startswith("http://testserver/files/")


def test_a_file_is_served_whole_with_its_type(url: str) -> None:
    reply = get(url)
    assert (reply.status_code, body(reply)) == (200, CONTENT)
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert reply.headers["Content-Length"] == "1000"
    assert reply.headers["Accept-Ranges"] == "bytes"
    assert reply.headers["X-Content-Type-Options"] == "nosniff"
    assert reply.headers["Content-Disposition"] == "inline"
    assert reply.headers["x-engine"] == "espeak"
    assert reply.headers["Cache-Control"].startswith("private, max-age=")


def test_no_key_is_needed_and_none_helps(ada: Caller, url: str) -> None:
    assert get(url).status_code == 200
    assert ada.get(url[:-20] + "x" * 20).status_code == 404


def test_head_says_what_get_would(url: str) -> None:
    reply = Client().head(url)
    assert (reply.status_code, reply.content) == (200, b"")
    assert reply.headers["Content-Length"] == "1000"
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert reply.headers["Accept-Ranges"] == "bytes"
    ranged = Client(headers={"Range": "bytes=0-9"}).head(url)
    assert (ranged.status_code, ranged.headers["Content-Length"]) == (206, "10")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-99", 0, 99),
        ("bytes=500-", 500, 999),
        ("bytes=999-", 999, 999),
        ("bytes=990-5000", 990, 999),
        ("bytes=-1", 999, 999),
        ("bytes=-300", 700, 999),
        ("bytes=-5000", 0, 999),
        (" bytes=10-19 ", 10, 19),
        ("BYTES=10-19", 10, 19),
        ("bytes=0-999", 0, 999),
    ],
)
def test_a_range_is_206_with_those_bytes(url: str, asked: str, first: int, last: int) -> None:
    reply = get(url, Range=asked)
    assert reply.status_code == 206
    assert reply.headers["Content-Range"] == f"bytes {first}-{last}/1000"
    assert reply.headers["Content-Length"] == str(last - first + 1)
    assert reply.headers["Content-Type"] == "audio/mpeg"
    assert body(reply) == CONTENT[first : last + 1]


@pytest.mark.parametrize("asked", ["bytes=1000-", "bytes=5000-6000", "bytes=-0"])
def test_a_range_outside_the_file_is_416_and_says_how_long_it_is(url: str, asked: str) -> None:
    reply = get(url, Range=asked)
    assert (reply.status_code, body(reply)) == (416, b"")
    assert reply.headers["Content-Range"] == "bytes */1000"


@pytest.mark.parametrize(
    "asked",
    ["bytes=", "bytes=-", "bytes=5-1", "bytes=0-1,5-9", "items=0-5", "bytes=a-b", "0-5", "",
     "bytes=0x1-2", "bytes=" + "9" * 6000 + "-", "bytes=-" + "9" * 6000, "bytes=\u0661-\u0662"],
)  # fmt: skip
def test_a_range_that_is_none_is_passed_over(url: str, asked: str) -> None:
    reply = get(url, Range=asked)
    assert (reply.status_code, body(reply)) == (200, CONTENT)


def test_a_part_of_what_may_have_changed_is_the_whole(url: str) -> None:
    reply = get(url, **{"Range": "bytes=0-9", "If-Range": '"an-etag"'})
    assert (reply.status_code, body(reply)) == (200, CONTENT)


def test_a_file_longer_than_a_block_comes_in_order() -> None:
    content = b"".join(number.to_bytes(4) for number in range(60_000))
    name = default_storage.save("speeches/test/long.wav", ContentFile(content))
    url = signed_url(SharedFile(name, "audio/wav", {}))
    assert body(get(url)) == content
    assert body(get(url, Range="bytes=65530-200000")) == content[65530:200001]
    default_storage.delete(name)


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Set what the module under test, and nothing else, takes for the time."""
    return lambda moment: monkeypatch.setattr(files, "_now", lambda: moment)


def test_an_address_ends_with_its_hour(url: str, at: Callable[[float], None]) -> None:
    now = time.time()
    at(now + 3599)
    assert get(url).status_code == 200
    at(now + 2 * 3600)
    gone = get(url)
    assert gone.status_code == 410
    assert body(gone) != CONTENT


def test_an_address_may_not_be_kept_longer_than_it_works(
    url: str, at: Callable[[float], None]
) -> None:
    at(ends(url) - 90)
    assert get(url).headers["Cache-Control"] == "private, max-age=90"


def test_an_address_stays_the_same_until_the_hour(at: Callable[[float], None]) -> None:
    file = SharedFile("a/b.mp3", "audio/mpeg", {"x-engine": "espeak", "x-seed": "7"})
    seen = []
    for seconds in (0.2, 1.2, 600, 3599.9, 3600.1, 7199):
        at(HOUR + seconds)
        seen.append(signed_url(file, seconds=24 * 3600))
    before, after = seen[:4], seen[4:]
    assert len(set(before)) == len(set(after)) == 1
    assert before[0] != after[0]
    assert (ends(before[0]), ends(after[0])) == (HOUR + 25 * 3600, HOUR + 26 * 3600)


def test_an_address_works_at_least_as_long_as_asked(at: Callable[[float], None]) -> None:
    for seconds in (1, 1800, 3599, 3600):
        at(HOUR + seconds)
        left = ends(signed_url(SharedFile("a/b.mp3", "audio/mpeg", {}), seconds=60)) - HOUR
        assert seconds + 60 <= left < seconds + 60 + 3600


def test_files_that_differ_have_addresses_that_differ() -> None:
    told = [
        SharedFile("a/b.mp3", "audio/mpeg", {}),
        SharedFile("c/b.mp3", "audio/mpeg", {}),
        SharedFile("a/b.mp3", "audio/wav", {}),
        SharedFile("a/b.mp3", "audio/mpeg", {"x-seed": "7"}),
    ]
    assert len({signed_url(file) for file in told}) == 4


def test_an_address_given_out_before_it_lost_its_second_still_works(
    url: str, at: Callable[[float], None]
) -> None:
    name = signing.Signer(salt="voiceclone.files.address").unsign_object(token_of(url))["n"]
    expires = int(time.time()) + 7200
    said = {"n": name, "t": "audio/mpeg", "h": {}, "e": expires}
    former = f"/files/{signing.dumps(said, salt='voiceclone.files')}/{url.rpartition('/')[2]}"
    assert body(get(former)) == CONTENT
    at(expires)
    assert get(former).status_code == 410


def test_an_address_survives_a_change_of_the_secret_key(url: str, settings) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another key, as long as Django wants a key to be for its sessions"
    assert body(get(url)) == CONTENT
    settings.SECRET_KEY_FALLBACKS = []
    assert get(url).status_code == 404


def test_a_tampered_address_is_404(url: str) -> None:
    token = token_of(url)
    value, signature = token.split(":")
    said = {"n": "../settings.py", "t": "text/html", "h": {}, "e": 9e12}
    stamped = signing.dumps(said, salt="voiceclone.files.address")
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        f"{value}A:{signature}",
        f"{value}:",
        f"{value}::{signature}",
        f"{value}:1rYxyz:{signature}",
        value,
        stamped,
        signing.dumps(said, salt="x"),
        signing.Signer(salt="x").sign_object(said),
        signing.Signer(salt="voiceclone.files").sign_object(said),
        "x",
        "::",
        "%00",
        "é",
        "A" * 5000,
    ):
        assert get(f"/files/{wrong}/audio.mp3").status_code == 404


@pytest.mark.parametrize(
    "name",
    ["other.mp3", "..", "%2e%2e", "..%2f..%2fetc%2fpasswd", "audio.mp3%00", "AUDIO.MP3", "audio"],
)
def test_a_token_opens_its_own_name_only(url: str, name: str) -> None:
    assert get(url.rpartition("/")[0] + "/" + name).status_code == 404


@pytest.mark.parametrize(
    "path",
    ["/files/", "/files/audio.mp3", "/files/speeches/test/audio.mp3", "/files//audio.mp3",
     "/files/../voiceclone/settings.py", "/files/x/../../settings.py"],
)  # fmt: skip
def test_nothing_is_served_without_a_signature(url: str, path: str) -> None:
    reply = Client(raise_request_exception=False).get(path)
    assert reply.status_code == 404
    assert CONTENT not in body(reply)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "..", "speeches/../../secret-key"]
)
def test_a_signature_for_a_name_outside_the_storage_serves_nothing(name: str) -> None:
    url = signed_url(SharedFile(name, "text/plain", {}))
    reply = Client(raise_request_exception=False).get(url)
    assert reply.status_code == 400
    assert "passwd" not in reply.content.decode()


def test_a_file_that_has_gone_is_404(url: str) -> None:
    gone = signed_url(SharedFile("speeches/test/gone.mp3", "audio/mpeg", {}))
    assert get(gone).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(url: str, method: str) -> None:
    assert Client(raise_request_exception=False).generic(method, url).status_code == 405


def test_files_are_not_counted_against_a_limit(url: str) -> None:
    assert "X-RateLimit-Limit" not in get(url).headers


@pytest.fixture
def in_bucket(bucket: str) -> str:
    """Return the address of a file that lies in a bucket."""
    name = default_storage.save("speeches/test/audio.mp3", ContentFile(CONTENT))
    return signed_url(SharedFile(name, "audio/mpeg", {}), seconds=3600)


def test_in_a_bucket_the_address_leads_to_the_file(in_bucket: str) -> None:
    reply = get(in_bucket)
    assert reply.status_code == 302
    audio = requests.get(reply.headers["Location"], timeout=10)
    assert (audio.status_code, audio.content) == (200, CONTENT)
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert audio.headers["Content-Disposition"] == "inline"
    assert audio.headers["Cache-Control"] == "private, max-age=3600"
    part = requests.get(reply.headers["Location"], headers={"Range": "bytes=5-9"}, timeout=10)
    assert (part.status_code, part.content) == (206, CONTENT[5:10])


def test_in_a_bucket_the_redirect_is_kept_no_longer_than_it_works(
    in_bucket: str, at: Callable[[float], None]
) -> None:
    for left, kept, presigned in ((90, 90, 90), (3000, 600, 3000), (7200, 600, 7200)):
        at(ends(in_bucket) - left)
        reply = get(in_bucket)
        assert reply.headers["Cache-Control"] == f"private, max-age={kept}"
        assert parse_qs(urlsplit(reply.headers["Location"]).query)["X-Amz-Expires"] == [
            str(presigned)
        ]


def test_in_a_bucket_an_address_may_work_longer_than_s3_signs_for(bucket: str) -> None:
    url = signed_url(SharedFile("a/b.mp3", "audio/mpeg", {}), seconds=30 * 24 * 3600)
    location = get(url).headers["Location"]
    assert parse_qs(urlsplit(location).query)["X-Amz-Expires"] == [str(7 * 24 * 3600)]


def test_in_a_bucket_head_is_led_to_an_address_signed_for_head(in_bucket: str) -> None:
    reply = Client().head(in_bucket)
    assert reply.status_code == 302
    location = reply.headers["Location"]
    assert signed_for(location, "HEAD")
    assert signed_for(get(in_bucket).headers["Location"], "GET")
    head = requests.head(location, timeout=10)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "1000")


def signed_for(url: str, method: str) -> bool:
    """Whether the signature of a presigned address is that of ``method``, as S3 checks it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    signature = query.pop("X-Amz-Signature")
    request = AWSRequest(method, f"http://{parts.netloc}{parts.path}", params=query)
    signer = S3SigV4QueryAuth(
        Credentials(KEY["AWS_ACCESS_KEY_ID"], KEY["AWS_SECRET_ACCESS_KEY"]), "s3", "us-east-1"
    )
    request.context["timestamp"] = query["X-Amz-Date"]
    request.headers["host"] = parts.netloc
    canonical = signer.canonical_request(request)
    return signer.signature(signer.string_to_sign(request, canonical), request) == signature
