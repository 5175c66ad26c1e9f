"""One row that fails stops no other."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.files.storage import default_storage
from django.db import DatabaseError, OperationalError, connection
from django.utils import timezone

from inference import housekeeping
from inference.housekeeping import OldestFirst, in_parts, next_try
from inference.jobs.idempotency import forget_old
from inference.models import Submission
from speech.calls import answer_at_once, expire_calls
from speech.models import Call, Speech
from speech.purge import expire_speeches, purge_deleted_speeches
from tests.support.callers import Caller
from tests.support.many import multiply
from voices.models import Voice
from voices.purge import expire_references, purge_deleted_voices

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

REFUSALS = {
    "postgresql": (
        """CREATE OR REPLACE FUNCTION refuse_this() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = 'check_violation'; END $$""",
        """CREATE TRIGGER refuse_this BEFORE {event} ON {table} FOR EACH ROW
        WHEN (OLD.{column} = '{value}') EXECUTE FUNCTION refuse_this()""",
    ),
    "sqlite": (
        """CREATE TRIGGER refuse_this BEFORE {event} ON {table} WHEN OLD.{column} = '{value}'
        BEGIN SELECT RAISE(ABORT, 'not this one'); END""",
    ),
}


@pytest.fixture
def refuse() -> Callable[..., None]:
    """Have the database refuse a change of one row, until the test's transaction ends."""

    def refuse(event: str, table: str, value: str, column: str = "id") -> None:
        with connection.cursor() as cursor:
            for statement in REFUSALS[connection.vendor]:
                cursor.execute(
                    statement.format(event=event, table=table, column=column, value=value)
                )

    return refuse


def undeletable(name: str) -> None:
    """Put a folder that is not empty where a file should be: it can't be removed as a file."""
    folder = Path(default_storage.path(name))
    folder.mkdir(parents=True)
    (folder / "inside").write_bytes(b"")


def deleted_speeches(caller: Caller, count: int, name: str) -> None:
    """Make deleted speeches ``s1``, ``s2`` …, whose audio is named ``name`` and their number."""
    kept = Speech.get(caller.own_speech())
    long_ago = timezone.now() - timedelta(minutes=10)
    Speech.objects.filter(pk=kept.pk).update(deleted_at=long_ago, files_removed_at=long_ago)
    Speech.objects.filter(pk=kept.pk).update(housekeeping_at=timezone.now() + timedelta(days=9))
    multiply(
        kept,
        count,
        id="'s' || n",
        audio_name=f"'speeches/{name}' || n",
        deleted_at="kept.created_at",
        files_removed_at="NULL",
        housekeeping_at="kept.created_at",
    )


def test_more_undeletable_files_than_a_batch_holds_do_not_stop_the_purge(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.jobs.purging.BATCH", 10)
    monkeypatch.setattr("speech.purge.BATCH", 10)
    deleted_speeches(ada, 26, "locked")
    for number in range(1, 26):
        undeletable(f"speeches/locked{number}")
    Speech.objects.filter(pk="s26").update(housekeeping_at=timezone.now())
    for _ in range(3):
        purge_deleted_speeches()
    assert list(Speech.objects.filter(audio_name="", pk__startswith="s")) == [Speech.get("s26")]
    assert not Speech.objects.filter(
        pk__startswith="s", housekeeping_at__lte=timezone.now()
    ).exists()


def test_a_storage_that_refuses_everything_ends_the_backlog_for_now(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.jobs.purging.BATCH", 5)
    monkeypatch.setattr("speech.purge.BATCH", 5)
    deleted_speeches(ada, 12, "free")
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", lambda _name: 1 / 0)
        assert purge_deleted_speeches() is False
    assert purge_deleted_speeches() is True


def test_pauses_grow_from_a_minute_to_a_day() -> None:
    def pause(**since: float) -> timedelta:
        now = timezone.now()
        return next_try(now - timedelta(**since)) - now

    almost = timedelta(seconds=5)
    assert abs(pause(seconds=3) - timedelta(minutes=1)) < almost
    assert abs(pause(minutes=8) - timedelta(minutes=8)) < almost
    assert abs(pause(days=30) - timedelta(days=1)) < almost


def test_a_row_that_cannot_be_purged_is_told_with_its_id(ada: Caller) -> None:
    deleted_speeches(ada, 2, "stuck")
    undeletable("speeches/stuck1")
    with structlog.testing.capture_logs() as logs:
        purge_deleted_speeches()
    told = [log for log in logs if log["event"] == "housekeeping_row_failed"]
    assert [(log["table"], log["row"], log["log_level"]) for log in told] == [
        ("speech.speech", "s1", "error")
    ]


def test_a_speech_whose_row_refuses_keeps_no_other_from_expiring(
    ada: Caller, refuse: Callable[..., None], settings: Any
) -> None:
    settings.RETENTION_SPEECH_DAYS = 7
    ids = [ada.own_speech() for _ in range(5)]
    Speech.objects.update(finished_at=timezone.now() - timedelta(days=8))
    refuse("UPDATE OF deleted_at", "speech_speech", ids[2])
    expire_speeches()
    assert list(Speech.objects.filter(deleted_at=None).values_list("pk", flat=True)) == [ids[2]]
    assert Speech.get(ids[2]).housekeeping_at > timezone.now()


def test_a_voice_whose_row_refuses_keeps_no_other_from_going(
    ada: Caller, refuse: Callable[..., None]
) -> None:
    ids = [ada.own_voice() for _ in range(3)]
    week_ago = timezone.now() - timedelta(days=7, seconds=1)
    Voice.objects.filter(pk__in=ids).update(
        deleted_at=week_ago, files_removed_at=week_ago, housekeeping_at=timezone.now()
    )
    refuse("DELETE", "voices_voice", ids[0])
    purge_deleted_voices()
    assert list(Voice.objects.filter(workspace=ada.workspace)) == [Voice.get(ids[0])]
    assert Voice.get(ids[0]).housekeeping_at > timezone.now()


def test_a_recording_that_cannot_be_removed_keeps_no_other_from_going(
    ada: Caller, settings: Any
) -> None:
    settings.RETENTION_REFERENCE_DAYS = 30
    stuck, free = Voice.get(ada.own_voice()), Voice.get(ada.own_voice())
    Voice.objects.filter(pk=stuck.pk).update(reference_name="voices/stuck")
    undeletable("voices/stuck")
    Voice.objects.filter(workspace=ada.workspace).update(
        finished_at=timezone.now() - timedelta(days=31)
    )
    expire_references()
    assert Voice.get(free.pk).reference_name == ""
    assert Voice.get(stuck.pk).reference_name == "voices/stuck"
    assert Voice.get(stuck.pk).housekeeping_at > timezone.now()


def test_a_call_that_cannot_be_deleted_keeps_no_other_from_going(
    ada: Caller, refuse: Callable[..., None]
) -> None:
    calls = [
        answer_at_once(Call(workspace=ada.workspace, dialect="any", result={}, keep_seconds=1))
        for _ in range(4)
    ]
    Call.objects.update(expires_at=timezone.now() - timedelta(days=5))
    stuck = calls[1].pk.hex if connection.vendor == "sqlite" else str(calls[1].pk)
    refuse("DELETE", "speech_call", stuck)
    expire_calls()
    left = Call.objects.get()
    assert left.pk == calls[1].pk
    assert left.housekeeping_at > timezone.now()


def test_what_has_no_pause_of_its_own_is_left_alone_by_the_process_that_failed(
    ada: Caller, refuse: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 3)
    day_ago = timezone.now() - timedelta(hours=25)
    rows = [
        Submission.objects.create(
            workspace=ada.workspace, key=key, api_key="a", fingerprint="f", kind="speech",
            made_id="s", created_at=day_ago,
        )
        for key in ("a", "b", "c", "d", "e")
    ]  # fmt: skip
    refuse("DELETE", "inference_submission", "b", column="key")
    old, table = Submission.objects.all(), OldestFirst()
    assert table.delete(old) is True
    assert list(old.values_list("key", flat=True).order_by("key")) == ["b", "d", "e"]
    with structlog.testing.capture_logs() as logs:
        assert table.delete(old) is False
    assert logs == []
    assert old.get() == rows[1]


def test_a_fault_of_the_database_is_no_fault_of_the_rows(ada: Caller) -> None:
    tried: list[int] = []

    def away(rows: Any) -> None:
        tried.append(len(rows))
        raise OperationalError("the database is away")

    with pytest.raises(DatabaseError):
        in_parts(list(Voice.objects.all()[:8]), away, lambda _row: None)
    assert tried == [8]


def test_the_bad_ones_of_many_rows_are_found_in_few_steps(ada: Caller) -> None:
    rows = list(Voice.objects.order_by("pk")[:32])
    steps, put_off = 0, []

    def act(part: Any) -> None:
        nonlocal steps
        steps += 1
        assert rows[5] not in part

    assert in_parts(rows, act, put_off.append) == 31
    assert put_off == [rows[5]]
    assert steps == 11


def test_old_submissions_go_in_batches(ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "BATCH", 4)
    one = Submission.objects.create(
        workspace=ada.workspace, key="a", api_key="a", fingerprint="f", kind="speech", made_id="s",
        created_at=timezone.now() - timedelta(hours=25),
    )  # fmt: skip
    multiply(one, 9, key="'k' || n")
    left = []
    while forget_old():
        left.append(Submission.objects.count())
    assert left == [6, 2]
    assert not Submission.objects.exists()
