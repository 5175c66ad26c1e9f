"""GET /api/v1/credits, its alias, and the ledger."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from billing.operations import grant
from tests.api.replies import TIME, assert_invalid, ok
from tests.support.callers import Caller, make_caller

LEDGER = "/api/v1/credits/ledger"


@pytest.mark.parametrize("path", ["/api/v1/credits", "/api/user/credits"])
def test_the_balance_has_the_documented_shape(ada: Caller, path: str) -> None:
    assert ok(ada.get(path)) == {
        "success": True,
        "credits": 10_000,
        "breakdown": {"regular": 0, "permanent": 10_000, "resetAt": None},
    }


def test_regular_credits_have_a_date_of_reset(ada: Caller) -> None:
    with transaction.atomic():
        grant(workspace=ada.workspace, amount=3_000, balance="regular")
    body = ok(ada.get("/api/v1/credits"))
    assert body["credits"] == 13_000
    assert (body["breakdown"]["regular"], body["breakdown"]["permanent"]) == (3_000, 10_000)
    assert TIME.fullmatch(body["breakdown"]["resetAt"])
    assert body["breakdown"]["resetAt"] > timezone.now().isoformat()


def test_a_reset_that_is_due_shows_without_a_write(ada: Caller, monkeypatch) -> None:
    with transaction.atomic():
        grant(workspace=ada.workspace, amount=3_000, balance="regular")
    later = timezone.now() + timedelta(days=40)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert ok(ada.get("/api/v1/credits"))["credits"] == 10_000


def test_a_charge_and_its_refund_show_at_once(ada: Caller) -> None:
    speech_id = ok(ada.say("Ten bytes."))["speechId"]
    assert ok(ada.get("/api/v1/credits"))["credits"] == 9_990
    ok(ada.send(f"/api/v1/tts/{speech_id}/cancel", b""))
    assert ok(ada.get("/api/v1/credits"))["credits"] == 10_000
    entries = ok(ada.get(LEDGER))["entries"]
    assert [entry["kind"] for entry in entries] == ["refund", "charge", "grant"]
    assert {entry["jobId"] for entry in entries[:2]} == {speech_id}


def test_an_entry_says_what_moved_and_what_was_left(ada: Caller) -> None:
    ok(ada.say("Ten bytes."))
    [charge, _grant] = ok(ada.get(LEDGER))["entries"]
    assert TIME.fullmatch(charge.pop("createdAt"))
    assert charge.pop("jobId").startswith("c")
    assert charge == {
        "sequence": 2,
        "kind": "charge",
        "regular": 0,
        "permanent": -10,
        "regularAfter": 0,
        "permanentAfter": 9_990,
        "reason": None,
    }


def test_the_ledger_is_read_on_from_a_cursor(ada: Caller) -> None:
    for _ in range(4):
        ok(ada.say("Hi"))
    seen: list[int] = []
    query = "?limit=2"
    while True:
        page = ok(ada.get(LEDGER + query))
        seen += [entry["sequence"] for entry in page["entries"]]
        if page["nextCursor"] is None:
            break
        query = f"?limit=2&cursor={page['nextCursor']}"
    assert seen == [5, 4, 3, 2, 1]
    assert len(ok(ada.get(LEDGER))["entries"]) == 5


def test_the_ledger_can_be_had_whole_as_csv(ada: Caller) -> None:
    ok(ada.say("Hi"))
    reply = ada.get(f"{LEDGER}?format=csv&limit=1")
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert reply.headers["Content-Disposition"] == 'attachment; filename="ledger.csv"'
    rows = list(csv.DictReader(io.StringIO(b"".join(reply.streaming_content).decode())))
    assert [row["kind"] for row in rows] == ["charge", "grant"]
    assert [row["permanent"] for row in rows] == ["-2", "10000"]


def test_an_empty_ledger_as_csv_is_its_heading(db: None) -> None:
    reply = make_caller("Nobody yet", balance=0).get(f"{LEDGER}?format=csv")
    assert b"".join(reply.streaming_content).count(b"\n") == 1


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=x", "cursor=0", "cursor=-1", "cursor=x", "format=xml",
     "cursor=" + "9" * 30, "format=%00", "limit=1.0"],
)  # fmt: skip
def test_a_ledger_asked_for_wrongly_is_400(ada: Caller, query: str) -> None:
    assert_invalid(ada.get(f"{LEDGER}?{query}"))
