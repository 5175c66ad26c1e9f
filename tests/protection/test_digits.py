"""Numbers of more digits than int() reads, wherever a request may have a number."""

import pytest
import requests

from tests.protection.attacked import Answer, Attacked

pytestmark = pytest.mark.xdist_group("attacked")

DIGITS = "9" * 5000
SCRIPT = "/static/voiceclone/site.css"
HEADERS = (
    "x-stainless-retry-count", "Range", "If-Modified-Since", "If-None-Match", "If-Range",
    "X-Forwarded-For", "Idempotency-Key", "Cookie", "Accept-Language", "X-Request-Id", "Host",
    "Retry-After", "Max-Forwards", "Age", "Upgrade-Insecure-Requests", "Accept", "Last-Event-ID",
)  # fmt: skip
QUERIES = (
    "/api/v1/voices?page=", "/api/v1/voices?limit=", "/api/v1/tts?page=", "/api/v1/tts?limit=",
    "/api/v1/credits/ledger?cursor=", "/api/v1/credits/ledger?limit=", "/dashboard/?page=",
    "/admin/accounts/user/?p=", "/admin/accounts/user/?id=", "/v2/x/status/", "/api/v1/tts/",
    "/api/v1/voices/", "/admin/accounts/user/", "/files/", "/v1/models/", "/v1/models?limit=",
    "/v2/x/stream/",
)  # fmt: skip
FIELDS = ("speed", "seed", "temperature", "exaggeration", "sampleRate", "pieceWords", "voiceId")


@pytest.mark.parametrize("name", HEADERS)
@pytest.mark.parametrize("value", [DIGITS, f"bytes={DIGITS}-{DIGITS}", f"a={DIGITS}"])
def test_a_header_of_many_digits_is_no_fault_of_ours(
    attacked: Attacked, name: str, value: str
) -> None:
    headers = {"Authorization": f"Bearer {attacked.key}", name: value}
    said = {"text": "Hi.", "voiceId": "none"}
    for url in (SCRIPT, "/api/v1/credits", "/", "/v1/models", "/admin/login/"):
        assert requests.get(attacked.url + url, headers=headers, timeout=20).status_code < 500
    for url in ("/api/v1/tts", "/v1/audio/speech", "/v2/x/run", "/accounts/login/"):
        reply = requests.post(attacked.url + url, json=said, headers=headers, timeout=20)
        assert reply.status_code < 500


def test_a_retry_of_many_digits_is_a_retry(attacked: Attacked) -> None:
    headers = {"Authorization": f"Bearer {attacked.key}", "x-stainless-retry-count": DIGITS}
    listed = requests.get(
        f"{attacked.url}/api/v1/voices?type=SYSTEM&limit=1", headers=headers, timeout=20
    )
    said = {"text": "Many digits.", "voiceId": listed.json()["voices"][0]["id"]}
    replies = [
        requests.post(f"{attacked.url}/api/v1/tts", json=said, headers=headers, timeout=20)
        for _ in range(2)
    ]
    assert [reply.status_code for reply in replies] == [200, 200]
    assert replies[0].json()["speechId"] == replies[1].json()["speechId"]


@pytest.mark.parametrize("path", QUERIES)
def test_a_path_or_query_of_many_digits_is_no_fault_of_ours(attacked: Attacked, path: str) -> None:
    headers = {"Authorization": f"Bearer {attacked.key}"}
    reply = requests.get(f"{attacked.url}{path}{DIGITS}", headers=headers, timeout=20)
    assert reply.status_code < 500


@pytest.mark.parametrize("field", FIELDS)
def test_a_number_of_many_digits_in_a_body_is_no_fault_of_ours(
    attacked: Attacked, field: str
) -> None:
    headers = {"Authorization": f"Bearer {attacked.key}", "Content-Type": "application/json"}
    body = f'{{"text": "Hi.", "voiceId": "none", "{field}": {DIGITS}}}'
    reply = requests.post(f"{attacked.url}/api/v1/tts", data=body, headers=headers, timeout=20)
    assert reply.status_code < 500
    reply = requests.post(f"{attacked.url}/v2/x/runsync?wait={DIGITS}", data=body, headers=headers,
                          timeout=20)  # fmt: skip
    assert reply.status_code < 500


def test_a_length_of_many_digits_is_refused(attacked: Attacked) -> None:
    for path in ("/api/v1/tts", "/accounts/login/", "/healthz"):
        with attacked.begins(path, f"Content-Length: {DIGITS}") as connection:
            assert Answer(connection).status in {400, 401, 413}


def test_foreign_hosts_are_one_line_in_the_log(attacked: Attacked) -> None:
    before = attacked.service.said()
    for number in range(50):
        reply = requests.get(
            f"{attacked.url}/", headers={"Host": f"evil-{number}.example"}, timeout=20
        )
        assert reply.status_code == 400
    added = attacked.service.said()[len(before) :]
    assert "Traceback" not in added
    assert added.count("Invalid HTTP_HOST header") <= 1 + 50 // 10


def test_none_of_this_left_a_traceback(attacked: Attacked) -> None:
    said = attacked.service.said()
    assert "Internal Server Error" not in said
    assert "Exception in ASGI application" not in said
    assert "Traceback" not in said
