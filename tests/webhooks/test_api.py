"""The routes under /api/v1/webhooks."""

import pytest

from accounts.models import Scope
from speech.models import WebhookEndpoint
from tests.support.callers import make_caller, nobody
from tests.webhooks.conftest import deliver_all, happen

ROOT = "/api/v1/webhooks"
ALL = ["voice.completed", "voice.failed", "speech.completed", "speech.failed", "credits.low"]


def ok(reply):
    assert reply.status_code == 200, reply.content
    body = reply.json()
    assert body.pop("success") is True
    return body


def refused(reply, status, code):
    assert reply.status_code == status, reply.content
    assert reply.json()["code"] == code
    return reply.json()["error"]


def test_a_webhook_is_made_shown_changed_and_deleted(ada):
    made = ok(ada.send(ROOT, {"url": "https://example.com/hook"}))
    webhook = made["webhook"]
    assert made["secret"].startswith("whsec_")
    assert webhook["events"] == ALL
    assert (webhook["enabled"], webhook["disabledReason"]) == (True, None)
    assert ok(ada.get(ROOT)) == {"webhooks": [webhook]}
    assert ok(ada.get(f"{ROOT}/{webhook['id']}")) == {"webhook": webhook}

    changes = {"events": ["credits.low", "voice.failed"], "description": "ours", "enabled": False}
    changed = ok(ada.send(f"{ROOT}/{webhook['id']}", changes, method="PATCH"))["webhook"]
    assert changed["events"] == ["voice.failed", "credits.low"]
    assert (changed["description"], changed["enabled"]) == ("ours", False)
    assert changed["updatedAt"] > webhook["updatedAt"]

    ok(ada.delete(f"{ROOT}/{webhook['id']}"))
    refused(ada.get(f"{ROOT}/{webhook['id']}"), 404, "NOT_FOUND")
    assert ok(ada.get(ROOT)) == {"webhooks": []}


def test_a_secret_is_shown_when_made_and_when_rotated_and_never_else(ada, hook):
    path = f"{ROOT}/{hook.endpoint.pk}"
    rotated = ok(ada.send(f"{path}/rotate-secret"))
    assert rotated["secret"] != hook.secret
    assert rotated["previousSecretValidUntil"].endswith("Z")
    everything = (
        ada.get(ROOT).content + ada.get(path).content + ada.get(f"{path}/deliveries").content
    )
    assert b"whsec_" not in everything
    assert hook.now().secret.encode() not in everything


def test_the_secret_for_single_requests_is_made_and_rotated(ada):
    first = ok(ada.send(f"{ROOT}/rotate-secret"))["secret"]
    second = ok(ada.send(f"{ROOT}/rotate-secret"))["secret"]
    assert first.startswith("whsec_")
    assert first != second


@pytest.mark.parametrize(
    "url",
    ["", "example.com", "ftp://example.com/", "http://127.0.0.1/", "http://localhost/",
     "http://169.254.169.254/", "http://[::1]/", "http://a:b@example.com/", "http://redis:6379/",
     "http://example.com:22/", "http://2130706433/", " https://example.com/", 5, None, ["x"],
     "https://example.com/\u0000", "https://example.com/" + "a" * 2048],
)  # fmt: skip
def test_a_url_that_would_be_refused_is_refused_at_once(ada, url):
    refused(ada.send(ROOT, {"url": url}), 400, "INVALID_PARAMETERS")
    assert not WebhookEndpoint.objects.exists()


@pytest.mark.parametrize(
    "body",
    [{}, {"url": "https://example.com", "events": []},
     {"url": "https://example.com", "events": "x"},
     {"url": "https://example.com", "events": ["nothing.happened"]},
     {"url": "https://example.com", "events": [1]},
     {"url": "https://example.com", "description": "x" * 201}, []],
)  # fmt: skip
def test_what_is_not_as_documented_is_refused(ada, body):
    refused(ada.send(ROOT, body), 400, "INVALID_PARAMETERS")


def test_an_operators_exception_is_taken(ada, settings):
    settings.ALLOWED_FETCH_HOSTS = frozenset({"intranet:8080"})
    ok(ada.send(ROOT, {"url": "http://intranet:8080/hook"}))
    refused(ada.send(ROOT, {"url": "http://intranet:8081/hook"}), 400, "INVALID_PARAMETERS")


def test_an_eleventh_webhook_is_refused(ada):
    for _ in range(10):
        ok(ada.send(ROOT, {"url": "https://example.com/"}))
    refused(ada.send(ROOT, {"url": "https://example.com/"}), 409, "CONFLICT")


def test_deliveries_are_listed_with_their_attempts(ada, hook):
    hook.receiver.status = 500
    hook.receiver.body = b"no"
    event = happen(ada.workspace)
    deliver_all()
    path = f"{ROOT}/{hook.endpoint.pk}/deliveries"
    listed = ok(ada.get(path))
    (delivery,) = listed["deliveries"]
    assert listed["pagination"]["total"] == 1
    assert (delivery["eventId"], delivery["type"]) == (event.pk, "credits.low")
    assert (delivery["state"], delivery["finishedAt"]) == ("PENDING", None)
    (attempt,) = delivery["attempts"]
    assert (attempt["number"], attempt["status"], attempt["response"]) == (1, 500, "no")
    assert attempt["error"] is None
    assert ok(ada.get(f"{path}?state=DELIVERED"))["deliveries"] == []
    assert ok(ada.get(f"{path}?page=2"))["deliveries"] == []
    refused(ada.get(f"{path}?state=LOST"), 400, "INVALID_PARAMETERS")
    refused(ada.get(f"{path}?limit=101"), 400, "INVALID_PARAMETERS")

    hook.receiver.status = 200
    again = ok(ada.send(f"{path}/{delivery['id']}/redeliver"))["delivery"]
    assert again["state"] == "PENDING"
    deliver_all()
    (delivered,) = ok(ada.get(path))["deliveries"]
    assert (delivered["state"], len(delivered["attempts"])) == ("DELIVERED", 2)
    assert delivered["nextAttemptAt"] is None


def test_listing_takes_no_more_queries_for_more_rows(ada, hook, django_assert_max_num_queries):
    for _ in range(10):
        happen(ada.workspace)
    deliver_all()
    with django_assert_max_num_queries(8):
        ok(ada.get(f"{ROOT}/{hook.endpoint.pk}/deliveries"))


def test_a_test_event_is_sent(ada, hook):
    delivery = ok(ada.send(f"{ROOT}/{hook.endpoint.pk}/test"))["delivery"]
    assert delivery["type"] == "webhook.test"
    deliver_all()
    hook.receiver.received[0].verified(hook.secret)
    ok(ada.send(f"{ROOT}/{hook.endpoint.pk}", {"enabled": False}, method="PATCH"))
    refused(ada.send(f"{ROOT}/{hook.endpoint.pk}/test"), 409, "CONFLICT")


def test_anothers_webhook_answers_as_one_that_does_not_exist(ada, grace, hook):
    happen(ada.workspace)
    (delivery,) = hook.deliveries()
    own = ok(grace.send(ROOT, {"url": "https://example.com/"}))["webhook"]["id"]

    def answers(webhook_id, delivery_id):
        path = f"{ROOT}/{webhook_id}"
        return [
            (reply.status_code, reply.content)
            for reply in (
                grace.get(path),
                grace.send(path, {"url": "https://evil.example.com"}, method="PATCH"),
                grace.delete(path),
                grace.send(f"{path}/rotate-secret"),
                grace.send(f"{path}/test"),
                grace.get(f"{path}/deliveries"),
                grace.send(f"{path}/deliveries/{delivery_id}/redeliver"),
            )
        ]

    nobodys = "c" + "0" * 24
    assert answers(hook.endpoint.pk, delivery.pk) == answers(nobodys, nobodys)
    assert {status for status, _content in answers(nobodys, nobodys)} == {404}
    foreign = grace.send(f"{ROOT}/{own}/deliveries/{delivery.pk}/redeliver")
    refused(foreign, 404, "NOT_FOUND")
    refused(grace.get(f"{ROOT}/%00"), 404, "NOT_FOUND")
    assert hook.now().url == hook.receiver.url
    assert hook.now().enabled


def test_webhooks_need_a_key_with_their_scope(ada):
    refused(nobody().get(ROOT), 401, "UNAUTHORIZED")
    narrow = make_caller("Tim", scopes=[Scope.SPEECH, Scope.VOICES, Scope.BILLING_READ])
    refused(narrow.get(ROOT), 403, "FORBIDDEN")
    refused(narrow.send(ROOT, {"url": "https://example.com"}), 403, "FORBIDDEN")
