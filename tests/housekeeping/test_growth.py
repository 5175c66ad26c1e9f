"""What housekeeping reads does not grow with the rows that need nothing."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from inference.jobs.idempotency import forget_old
from inference.models import Submission
from speech.calls import expire_calls
from speech.models import Call, Delivery, Speech, WebhookEvent
from speech.purge import expire_speeches, purge_deleted_speeches
from speech.webhooks.purge import purge_deleted_endpoints, purge_old_events
from tests.support.callers import AARON, Caller, make_caller
from tests.support.many import analyze, multiply
from voiceclone.housekeeping.erase import finish_erasures
from voiceclone.running.housekeeping import TASKS
from voices.models import StoredPrompt, Voice, VoiceType
from voices.purge import (
    expire_handles,
    expire_one_request_voices,
    expire_references,
    purge_deleted_voices,
)

pytestmark = pytest.mark.django_db

MANY, FEW = 4_000, 100
LARGE = ("speech_speech", "speech_call", "voices_voice", "speech_webhookevent",
         "speech_delivery", "inference_submission")  # fmt: skip


@pytest.fixture
def _many(ada: Caller, settings: Any) -> None:
    """Thousands of rows of each kind for which nothing is to be done now."""
    settings.RETENTION_SPEECH_DAYS = settings.RETENTION_REFERENCE_DAYS = 7
    now = timezone.now()
    done = {"state": "COMPLETED", "finished_at": now, "workspace": ada.workspace}
    gone = {
        "deleted_at": "kept.created_at",
        "files_removed_at": "kept.created_at",
        "housekeeping_at": "now() + n * interval '1 minute'",
    }
    for number in range(30):
        make_caller(f"Workspace {number}")
    speech = Speech(id="s", voice_id=AARON, text="Words.", seed=1, **done)
    speech.save()
    multiply(speech, MANY, id="'sk' || n")
    multiply(speech, MANY, id="'sh' || n", **gone)
    once = Voice(id="v", type=VoiceType.ONCE, **done)
    once.save()
    multiply(once, MANY, id="'vk' || n", short_id="'k' || n")
    multiply(once, MANY, id="'vh' || n", short_id="'h' || n", **gone)
    own = Voice(id="own", reference_name="voices/none", **done)
    own.save()
    multiply(own, MANY, id="'vo' || n", short_id="'o' || n")
    multiply(StoredPrompt.objects.create(voice=own, file_name="none"), MANY, voice="'vo' || n")
    week = now + timedelta(days=7)
    handle = Voice(id="h", type=VoiceType.HANDLE, handle="vv", expires_at=week, **done)
    handle.save()
    multiply(handle, MANY, id="'vv' || n", short_id="'v' || n", handle="'vv' || n")
    call = Call.objects.create(workspace=ada.workspace, dialect="any", keep_seconds=1)
    multiply(
        call, MANY, id="gen_random_uuid()", speech="'sh' || n",
        expires_at="now() - interval '1 hour'", housekeeping_at="now() + interval '4 days'",
    )  # fmt: skip
    multiply(call, MANY, id="gen_random_uuid()", expires_at="now() + interval '1 hour'")
    event = WebhookEvent.objects.create(workspace=ada.workspace, type="any", data={})
    multiply(event, MANY, id="'e' || n")
    sent = Delivery.objects.create(
        workspace=ada.workspace, event=event, url="https://example.com", form="native",
        state="DELIVERED", finished_at=now,
    )  # fmt: skip
    multiply(sent, MANY, id="'d' || n", event="'e' || n")
    asked = Submission.objects.create(
        workspace=ada.workspace, key="k", api_key="a", fingerprint="f", kind="speech", made_id="s"
    )
    multiply(asked, MANY, key="'k' || n")
    analyze()


def plans(task: Callable[[], bool]) -> Iterator[dict[str, Any]]:
    """Yield each scan of a table by which PostgreSQL answers a task that has nothing to do."""
    with CaptureQueriesContext(connection) as queries:
        assert task() is False
    for query in queries:
        sql = query["sql"].replace("%", "%%")
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {sql}")
            (answer,) = cursor.fetchone()
        yield from _scans(answer[0]["Plan"])


def _scans(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    if "Relation Name" in node or "Index Name" in node:
        yield node
    for inner in node.get("Plans", ()):
        yield from _scans(inner)


def rows_read(scan: dict[str, Any]) -> float:
    """Return how many rows a scan went through, those that it passed over among them."""
    passed_over = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return scan["Actual Loops"] * (
        scan["Actual Rows"] + sum(scan.get(key, 0) for key in passed_over)
    )


INDEXES = {
    expire_calls: {"speech_call_to_hide", "speech_call_to_forget"},
    expire_speeches: {"speech_speech_kept"},
    purge_deleted_speeches: {"speech_speech_purge_due"},
    expire_references: {"voices_voice_kept_reference"},
    expire_one_request_voices: {"voices_voice_kept_once"},
    expire_handles: {"voices_voice_to_expire"},
    purge_deleted_voices: {"voices_voice_purge_due"},
    purge_old_events: {"speech_webhookevent_by_age"},
    purge_deleted_endpoints: set(),  # a workspace has few endpoints
    forget_old: {"inference_submission_age"},
    finish_erasures: set(),  # there are few workspaces, and fewer erased ones
}


@pytest.mark.usefixtures("_many")
def test_a_task_without_work_reads_next_to_nothing_of_large_tables() -> None:
    assert set(INDEXES) == set(TASKS)
    for task, wanted in INDEXES.items():
        used: set[str] = set()
        for scan in plans(task):
            used.add(scan.get("Index Name", ""))
            if scan.get("Relation Name") in LARGE:
                assert scan["Node Type"] != "Seq Scan", (task.__name__, scan)
                assert rows_read(scan) <= FEW, (task.__name__, scan)
        assert wanted <= used, task.__name__


@pytest.mark.anydb
def test_the_questions_of_a_round_do_not_grow_with_the_tenants(ada: Caller, settings: Any) -> None:
    settings.RETENTION_SPEECH_DAYS = settings.RETENTION_REFERENCE_DAYS = 7
    ada.own_voice()

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            for task in TASKS:
                assert task() is False
        return len(queries)

    few = asked()
    for number in range(20):
        make_caller(f"Workspace {number}").own_speech()
    assert asked() == few


@pytest.mark.anydb
def test_each_batch_is_bounded(ada: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RETENTION_SPEECH_DAYS = 7
    monkeypatch.setattr("inference.jobs.retention.BATCH", 4)
    monkeypatch.setattr("speech.purge.BATCH", 4)
    long_ago = timezone.now() - timedelta(days=8)
    speech = Speech.get(ada.own_speech())
    Speech.objects.filter(pk=speech.pk).update(finished_at=long_ago)
    multiply(Speech.get(speech.pk), 9, id="'s' || n")
    hidden = []
    while expire_speeches():
        hidden.append(Speech.objects.exclude(deleted_at=None).count())
    assert hidden == [4, 8]
    assert not Speech.objects.filter(deleted_at=None).exists()
