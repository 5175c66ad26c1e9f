"""Answers that wait for a job: when they come, and what they carry."""

import pytest

from tests.waiting.places import Place, Waiter

pytestmark = pytest.mark.xdist_group("waiting")


def test_the_answer_comes_when_the_job_has_ended_and_not_before(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    text = f"{gate} Good morning."
    answer = ada.asking(text, mark="7")
    job = place.started(text)
    assert ada.speech(job)["status"] == "PROCESSING"
    assert not answer.done()
    gate.open()
    reply = answer.result(60)
    assert reply.status_code == 200
    body = reply.json()
    assert (body["id"], body["state"]) == (job, "COMPLETED")
    assert (body["mark"], body["timedOut"], body["bodyBytes"]) == ("7", False, 0)


def test_the_answer_has_the_headers_of_every_middleware_and_of_the_view(
    place: Place, ada: Waiter
) -> None:
    reply = ada.http.post(
        f"{place.url}/api/waiting?a=b",
        json={"text": "Good morning."},
        headers={"x-request-id": "my-own-request"},
        timeout=60,
    )
    body = reply.json()
    assert reply.headers["x-request-id"] == body["requestId"] == "my-own-request"
    assert int(reply.headers["X-RateLimit-Remaining"]) > 0
    assert reply.headers["x-view"] == body["id"]
    assert reply.headers["x-of"] == "the finisher"
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Length"] == str(len(reply.content))
    assert body["path"] == "/api/waiting?a=b"


def test_time_that_runs_out_is_told_to_the_finisher(place: Place, ada: Waiter) -> None:
    gate = place.gate()
    reply = ada.ask(f"{gate} Good morning.", seconds=0.5)
    assert reply.status_code == 504
    assert reply.json()["timedOut"] is True
    assert reply.json()["state"] in ("QUEUED", "RUNNING")
    gate.open()
    place.becomes(reply.json()["id"], "COMPLETED")


def test_a_job_that_fails_is_answered_by_the_finisher_and_refunded(
    place: Place, ada: Waiter
) -> None:
    before = ada.credits()
    reply = ada.ask("Good morning. {raise}")
    assert (reply.status_code, reply.json()["state"]) == (502, "FAILED")
    assert ada.credits() == before


def test_a_job_that_has_ended_before_is_answered_at_once(place: Place, ada: Waiter) -> None:
    ended = ada.ask("Good morning.").json()["id"]
    # Less than it takes those who send notices to look for what was missed.
    reply = ada.ask(speechId=ended, seconds=1)
    assert (reply.status_code, reply.json()["id"]) == (200, ended)


def test_a_finisher_that_raises_is_answered_in_the_dialect_s_form(
    place: Place, ada: Waiter
) -> None:
    reply = ada.ask("{finisher raises}")
    assert reply.status_code == 500
    assert reply.json()["code"] == "INTERNAL_ERROR"
    assert reply.json()["requestId"] == reply.headers["x-request-id"]


@pytest.mark.parametrize("cancel", [True, False])
def test_who_hangs_up_cancels_the_job_only_where_the_view_says_so(
    place: Place, ada: Waiter, cancel: bool
) -> None:
    gate = place.gate()
    before = ada.credits()
    text = f"{gate} Good morning."
    connection = ada.connect(text, cancel=cancel)
    job = place.started(text)
    connection.close()
    if cancel:
        place.becomes(job, "CANCELLED")
        assert ada.credits() == before
        gate.open()
    else:
        gate.open()
        place.becomes(job, "COMPLETED")
        assert ada.credits() < before


def test_a_request_whose_job_disappears_is_told_in_the_dialect_s_form(
    place: Place, ada: Waiter
) -> None:
    gate = place.gate()
    text = f"{gate} Good morning."
    answer = ada.asking(text)
    job = place.started(text)
    delete = f"from speech.models import Speech; Speech.objects.filter(pk='{job}').delete()"
    place.service.manage("shell", "-c", delete)
    reply = answer.result(30)
    gate.open()
    assert reply.status_code == 404
    assert reply.json() == {"error": "The job was deleted.", "code": "NOT_FOUND"}
