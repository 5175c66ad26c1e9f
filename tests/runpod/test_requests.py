"""Requests that are refused, and in which form."""

import base64
import json

import pytest

from speech.models import Call
from tests.runpod.customer import ENDPOINT, Customer, spoken
from tests.runpod.replies import ROUTES, assert_error
from tests.support.callers import another_key, nobody
from voiceclone.api import rate_limit

TTS = {"operation": "tts", "text": "Hello."}


@pytest.mark.parametrize("route", ROUTES)
def test_each_route_wants_a_key(db: None, route: str) -> None:
    for method in ROUTES[route]:
        for client in (nobody(), nobody(Authorization="Bearer wrong"), nobody(Authorization="no")):
            reply = client.generic(
                method, f"/v2/{ENDPOINT}/{route}", b"{}", content_type="application/json"
            )
            assert_error(reply, 401, "Unauthorized")


@pytest.mark.parametrize("route", ROUTES)
def test_a_method_that_a_route_lacks_is_405(ada: Customer, route: str) -> None:
    for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} - ROUTES[route]:
        reply = ada.caller.client.generic(method, ada.path(route), b"")
        assert reply.status_code == 405
        assert set(reply.headers["Allow"].split(", ")) == ROUTES[route]
        if method != "HEAD":
            assert_error(reply, 405, "Method not allowed")


@pytest.mark.parametrize(
    "path", ["/v2", "/v2/", "/v2/e", "/v2/e/nothing", "/v2/a.b/run", "/v2//run"]
)
def test_an_unknown_route_is_404(ada: Customer, path: str) -> None:
    assert_error(ada.caller.client.post(path), 404)


def test_an_endpoint_may_have_any_short_name(ada: Customer) -> None:
    for endpoint in ("a", "my-endpoint_2", "x" * 100):
        Customer(ada.caller, endpoint).submit(**TTS)
    assert_error(Customer(ada.caller, "x" * 101).post("run", {"input": TTS}), 404)


def test_a_key_is_taken_in_three_ways(ada: Customer) -> None:
    key = ada.caller.written
    for headers in ({"Authorization": key}, {"Authorization": f"Bearer {key}"}, {"x-api-key": key}):
        assert nobody(**headers).get(ada.path("health")).status_code == 200
    assert nobody(Authorization=key).get("/api/v1/voices").status_code == 401  # only here


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"{", "The body is not valid JSON"),
        (b"", "input: This field is required."),
        (b'{"input": {"x": NaN}}', "The body is not valid JSON"),
        (b"[]", "The body must be a JSON object"),
        (b"null", "The body must be a JSON object"),
        (b"{}", "input: This field is required."),
        (b'{"input": null}', "input: This field may not be null."),
        (b'{"input": []}', 'Expected a dictionary of items but got type "list".'),
        (b'{"input": "tts"}', 'Expected a dictionary of items but got type "str".'),
    ],
)
def test_a_body_without_an_input_is_refused(ada: Customer, body: bytes, says: str) -> None:
    for how in ("run", "runsync"):
        reply = ada.post(how, body)
        assert_error(reply, 400)
        assert says in reply.json()["error"]
    assert not Call.objects.exists()


@pytest.mark.parametrize(
    "more",
    [
        {"policy": {"executionTimeout": 4999}},
        {"policy": {"executionTimeout": "5000"}},
        {"policy": {"executionTimeout": 7 * 86_400_000 + 1}},
        {"policy": {"ttl": 9999}},
        {"policy": {"lowPriority": "yes"}},
        {"policy": 5},
        {"webhook": "not a url"},
        {"webhook": ""},
        {"webhook": 5},
        {"webhook": "http://127.0.0.1/hook"},
        {"webhook": "http://169.254.169.254/latest"},
        {"webhook": "https://user:secret@hooks.example.com/"},
        {"webhook": "https://hooks.example.com/" + "x" * 2000},
        {"s3Config": {"accessId": "a", "accessSecret": "b", "bucketName": "c"}},
        {"webhookV2": "https://hooks.example.com/"},
    ],
    ids=lambda more: json.dumps(more)[:50],
)
def test_a_wrong_envelope_is_refused_and_nothing_charged(ada: Customer, more: dict) -> None:
    reply = ada.post("run", {"input": TTS, **more})
    assert_error(reply, 400)
    assert not Call.objects.exists()
    assert ada.credits() == 10_000


def test_nulls_and_unknown_fields_of_the_envelope_are_nothing(ada: Customer) -> None:
    reply = ada.post(
        "run", {"input": TTS, "webhook": None, "policy": None, "s3Config": None, "id": "mine"}
    )
    assert reply.status_code == 200
    assert ada.post("run", {"input": TTS, "policy": {"ttl": None}}).status_code == 200


def test_a_body_of_another_type_is_refused(ada: Customer) -> None:
    reply = ada.post("run", b"input=1", content_type="application/x-www-form-urlencoded")
    assert_error(reply, 415, "Unsupported content type")


def test_an_empty_body_of_type_json_does_where_nothing_is_asked(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    assert ada.post("purge-queue", b"").json()["removed"] == 1
    assert ada.post(f"cancel/{job_id}", b"").status_code == 200
    assert ada.post(f"cancel/{job_id}", b"{}").status_code == 200


def test_a_body_of_28_mb_is_taken_and_more_is_not(ada: Customer) -> None:
    large = base64.b64encode(b"\0" * (20 * 1024 * 1024)).decode()
    body = json.dumps({"input": {"operation": "nothing", "audio": large}}).encode()
    assert 26 * 1024 * 1024 < len(body) < 28 * 1024 * 1024
    assert ada.post("run", body).status_code == 200
    reply = ada.post("run", b"x" * (28 * 1024 * 1024 + 1))
    assert_error(reply, 413, "Request body too large: at most 28 MB")


def test_out_of_credits_is_402_and_not_to_be_retried(poor: Customer) -> None:
    for given in (
        {"operation": "tts", "text": "This costs more than ten."},
        {"operation": "tts", "text": "This costs more than ten.", "reference_audio": spoken()},
        {"operation": "voice_conversion", "input_audio": spoken(1.0), "voice_name": "Amy"},
        {"operation": "voice_cloning", "voice_name": "Mine", "reference_audio": spoken()},
    ):
        for how in ("run", "runsync"):
            reply = poor.post(how, {"input": given})
            assert_error(reply, 402)
            assert reply.headers["x-should-retry"] == "false"
            assert "10 left" in reply.json()["error"]
    assert not Call.objects.exists()
    assert poor.credits() == 10


SPEAKING = ({"operation": "tts", "text": "Hi"},
            {"operation": "voice_conversion"}, {"operation": "voice_transfer"})  # fmt: skip


def test_a_key_needs_the_scope_of_the_operation(ada: Customer) -> None:
    speech = Customer(another_key(ada.caller.workspace, scopes=["speech"]))
    voices = Customer(another_key(ada.caller.workspace, scopes=["voices"]))
    other = Customer(another_key(ada.caller.workspace, scopes=["billing:read"]))
    assert_error(
        speech.post("run", {"input": {"operation": "voice_cloning"}}),
        403,
        "This API key lacks the scope voices",
    )
    for given in SPEAKING:
        assert_error(
            voices.post("run", {"input": given}), 403, "This API key lacks the scope speech"
        )
    for customer in (speech, voices):
        customer.output(operation="list_local_voices")
    assert_error(other.get("health"), 403, "This API key lacks the scope speech or voices")


def test_a_job_is_shown_to_keys_with_its_scope_alone(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    voices = Customer(another_key(ada.caller.workspace, scopes=["voices"]))
    for path in (f"status/{job_id}", f"stream/{job_id}", f"status-sync/{job_id}"):
        assert_error(voices.get(path), 403, "This API key lacks the scope speech")
    for path in (f"cancel/{job_id}", f"retry/{job_id}"):
        assert_error(voices.post(path, b""), 403, "This API key lacks the scope speech")
    assert voices.post("purge-queue", b"").json()["removed"] == 0
    assert ada.status(job_id)["status"] == "IN_QUEUE"


def test_too_many_requests_are_429_in_this_form(ada: Customer, settings) -> None:
    settings.RATE_LIMIT_RUNPOD_SUBMISSIONS = 1
    ada.submit(operation="list_local_voices")
    reply = ada.post("run", {"input": TTS})
    assert_error(reply, 429, "Rate limit exceeded")
    assert int(reply.headers["Retry-After"]) > 0
    assert Call.objects.count() == 1
    rate_limit.counters.answered()
