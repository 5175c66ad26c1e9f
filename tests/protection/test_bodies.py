"""Bodies that are too large or too slow, sent to a real server."""

import socket

import pytest

from tests.protection.attacked import COOKIE, Answer, Attacked

pytestmark = pytest.mark.xdist_group("attacked")

MB = 1024 * 1024
PATHS = (
    "/",
    "/accounts/login/",
    "/dashboard/",
    "/admin/",
    "/admin/login/",
    "/static/x",
    "/nothing",
)
FORM = "Content-Type: application/x-www-form-urlencoded"
MULTIPART = "Content-Type: multipart/form-data; boundary=B"
FIELD = b'--B\r\nContent-Disposition: form-data; name="login"\r\n\r\n'
FILE = b'--B\r\nContent-Disposition: form-data; name="f"; filename="x"\r\n\r\n'


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("kind", "begin"), [(FORM, b"login="), (MULTIPART, FIELD), (MULTIPART, FILE)]
)
def test_a_page_takes_no_body_of_a_megabyte(
    attacked: Attacked, path: str, kind: str, begin: bytes
) -> None:
    size = len(begin) + 20 * MB
    with attacked.begins(path, COOKIE, kind, f"Content-Length: {size}") as connection:
        connection.sendall(begin)
        connection.sendall(bytes(20 * MB))
        answer = Answer(connection)
    assert (answer.status, answer.headers["connection"]) == (413, "close")


@pytest.mark.parametrize("path", ["/accounts/login/", "/admin/login/", "/nothing"])
def test_a_page_takes_no_endless_body_in_chunks(attacked: Attacked, path: str) -> None:
    chunked = "Transfer-Encoding: chunked"
    with attacked.begins(path, COOKIE, FORM, chunked) as connection:
        for _ in range(20):
            connection.sendall(b"%x\r\n%s\r\n" % (MB, bytes(MB)))
        connection.sendall(b"0\r\n\r\n")
        assert Answer(connection).status == 413


def test_all_these_bodies_were_never_held(attacked: Attacked) -> None:
    before = attacked.resident()
    size = 60 * MB
    for path in PATHS:
        with attacked.begins(path, COOKIE, FORM, f"Content-Length: {size}") as connection:
            connection.sendall(b"login=" + bytes(size - 6))
            assert Answer(connection).status == 413
    assert attacked.resident() - before < 20 * MB
    assert attacked.stored() == []


SLOW = {
    "a page": ("/accounts/login/", (COOKIE, FORM)),
    "an API call without a key": ("/api/v1/tts", ()),
    "an API call with a key": ("/api/v1/tts", ("SIGNED", "Content-Type: application/json")),
    "an upload": ("/v1/audio/voices", ("SIGNED", MULTIPART)),
    "RunPod": ("/v2/x/run", ("SIGNED",)),
}


@pytest.mark.parametrize("what", SLOW)
def test_forty_slow_bodies_stop_nobody(attacked: Attacked, what: str) -> None:
    path, lines = SLOW[what]
    lines = tuple(attacked.signed if line == "SIGNED" else line for line in lines)
    framing, sent = "Content-Length: 60000", b"{"
    if what == "an upload":
        framing, sent = "Transfer-Encoding: chunked", b"1\r\n{\r\n"
    with attacked.many(40, path, *lines, framing, sent=sent) as slow:
        attacked.is_well()
        statuses = {Answer(connection).status for connection in slow}
    assert statuses == {408}, "they were not given up after BODY_SECONDS"


def test_forty_slow_uploads_with_a_key_stop_nobody(attacked: Attacked) -> None:
    lines = (attacked.signed, MULTIPART, "Content-Length: 2000000")
    with attacked.many(40, "/v1/audio/voices", *lines, sent=bytes(200_000)):
        attacked.is_well()


@pytest.mark.parametrize(
    ("path", "field"),
    [("/api/v1/tts", "code"), ("/v1/audio/speech", "error"), ("/v2/x/run", "error"),
     ("/v1/chatterbox/tts", "message")],
)  # fmt: skip
def test_a_slow_body_is_refused_in_the_dialect_s_form(
    attacked: Attacked, path: str, field: str
) -> None:
    with attacked.begins(path, attacked.signed, "Content-Length: 100") as connection:
        answer = Answer(connection)
    assert (answer.status, answer.headers["connection"]) == (408, "close")
    assert field in answer.json()
    assert "x-request-id" in answer.headers
    assert "x-ratelimit-limit" in answer.headers


def test_who_hangs_up_while_his_body_arrives_leaves_nothing(attacked: Attacked) -> None:
    lines = (attacked.signed, MULTIPART, "Content-Length: 20000000")
    for _ in range(30):  # more than there are places
        with attacked.begins("/v1/audio/voices", *lines) as connection:
            connection.sendall(bytes(1_000_000))
    attacked.is_well()
    body = FILE + b"no audio" + b"\r\n--B--\r\n"
    padded = body + bytes(100_000)
    lines = (attacked.signed, MULTIPART, f"Content-Length: {len(padded)}")
    with attacked.begins("/v1/audio/voices", *lines) as connection:
        connection.sendall(padded)
        assert Answer(connection).status == 400


def test_a_refused_body_is_not_invited(attacked: Attacked) -> None:
    expecting = ("Expect: 100-continue", "Content-Length: 100000000")
    with attacked.begins("/accounts/login/", *expecting) as connection:
        assert connection.recv(13) == b"HTTP/1.1 413 "


def test_a_body_without_end_after_an_answer_ends_with_the_connection(attacked: Attacked) -> None:
    with attacked.begins("/healthz", "Content-Length: 1000000") as connection:
        assert Answer(connection).status == 200
        with pytest.raises((ConnectionError, TimeoutError)):
            _sends_on(connection)


def _sends_on(connection: socket.socket) -> None:
    connection.settimeout(30)
    while connection.recv(1) != b"":
        pass
    raise ConnectionResetError
