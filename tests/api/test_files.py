"""The addresses that audio is served at."""

import time
from urllib.parse import urlsplit

import pytest
from django.core import signing
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client

from tests.api.replies import ok
from tests.support.callers import Caller
from voiceclone import files
from voiceclone.files import SharedFile, signed_url

CONTENT = bytes(range(250)) * 4  # 1000 bytes, each told from its neighbours


@pytest.fixture
def url() -> str:
    name = default_storage.save("speeches/test/audio.mp3", ContentFile(CONTENT))
    yield signed_url(SharedFile(name, "audio/mpeg", {"x-engine": "espeak"}), seconds=3600)
    default_storage.delete(name)


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


def test_an_address_ends_with_its_hour(url: str, monkeypatch) -> None:
    now = time.time()
    monkeypatch.setattr(files.time, "time", lambda: now + 3599)
    assert get(url).status_code == 200
    monkeypatch.setattr(files.time, "time", lambda: now + 2 * 3600)
    gone = get(url)
    assert gone.status_code == 410
    assert body(gone) != CONTENT


def test_an_address_may_not_be_kept_longer_than_it_works(url: str, monkeypatch) -> None:
    token = urlsplit(url).path.split("/")[2]
    expires = signing.loads(token, salt="voiceclone.files")["e"]
    monkeypatch.setattr(files.time, "time", lambda: expires - 90)
    assert get(url).headers["Cache-Control"] == "private, max-age=90"


def test_an_address_stays_the_same_for_a_while(monkeypatch) -> None:
    hour = 1_800_000_000 // 3600 * 3600
    seen = set()
    for seconds in (1, 600, 3500):
        monkeypatch.setattr(files.time, "time", lambda seconds=seconds: hour + seconds)
        token = signed_url(SharedFile("a/b.mp3", "audio/mpeg", {}), seconds=60)
        seen.add(signing.loads(urlsplit(token).path.split("/")[2], salt="voiceclone.files")["e"])
    assert len(seen) == 1


def test_a_tampered_address_is_404(url: str) -> None:
    path = urlsplit(url).path
    token = path.split("/")[2]
    value, stamp, signature = token.split(":")
    forged = signing.dumps({"n": "../settings.py", "t": "text/html", "h": {}, "e": 9e12}, salt="x")
    for wrong in (
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        f"{value}A:{stamp}:{signature}",
        f"{value}:{stamp}",
        f"{value}::{signature}",
        value,
        forged,
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
    assert get(url.rpartition("/")[0] + "/" + name).status_code in {400, 404}


@pytest.mark.parametrize(
    "path",
    ["/files/", "/files/audio.mp3", "/files/speeches/test/audio.mp3", "/files//audio.mp3",
     "/files/../voiceclone/settings.py", "/files/x/../../settings.py"],
)  # fmt: skip
def test_nothing_is_served_without_a_signature(url: str, path: str) -> None:
    reply = Client(raise_request_exception=False).get(path)
    assert reply.status_code in {404, 400}
    assert CONTENT not in body(reply)


def test_a_signature_for_a_name_outside_the_storage_serves_nothing(db: None) -> None:
    for name in ("../../etc/passwd", "/etc/passwd", "..", "speeches/../../secret-key"):
        url = signed_url(SharedFile(name, "text/plain", {}))
        reply = Client(raise_request_exception=False).get(url)
        assert reply.status_code in {400, 404}


def test_a_file_that_has_gone_is_404(url: str) -> None:
    gone = signed_url(SharedFile("speeches/test/gone.mp3", "audio/mpeg", {}))
    assert get(gone).status_code == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_files_are_only_read(url: str, method: str) -> None:
    assert Client(raise_request_exception=False).generic(method, url).status_code == 405


def test_files_are_not_counted_against_a_limit(url: str) -> None:
    assert "X-RateLimit-Limit" not in get(url).headers


def test_on_s3_the_address_leads_there(settings, monkeypatch) -> None:
    asked = {}

    class Bucket:
        def url(self, name: str, *, parameters: dict, expire: int) -> str:
            asked.update(name=name, expire=expire, **parameters)
            return "https://bucket.example.com/signed"

    settings.S3_BUCKET = "bucket"
    monkeypatch.setattr(files, "default_storage", Bucket())
    reply = get(signed_url(SharedFile("a/b.mp3", "audio/mpeg", {}), seconds=3600))
    assert (reply.status_code, reply.headers["Location"]) == (
        302,
        "https://bucket.example.com/signed",
    )
    assert asked["name"] == "a/b.mp3"
    assert asked["ResponseContentType"] == "audio/mpeg"
    assert 3500 < asked["expire"] <= 7200
