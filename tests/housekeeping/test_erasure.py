"""What was still going on when a workspace was erased leaves nothing behind."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from io import BytesIO
from threading import Event
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.api_keys import authenticate, create_api_key
from accounts.closing import WorkspaceClosedError
from accounts.models import Membership, User, Workspace
from accounts.operations import close_workspace
from billing.audit import audit
from billing.models import Entry
from billing.operations import charge
from inference.audio.decode import probe
from inference.jobs.lifecycle import claim
from inference.jobs.runner import run_claimed
from speech.models import Call, Speech
from speech.webhooks.endpoints import create_endpoint
from tests.billing.crowd import each_in_a_thread
from tests.speech.asking import ask, ask_conversion, handle, once
from tests.support import recordings
from tests.support.callers import Caller
from voiceclone.housekeeping.erase import erase_workspace, finish_erasures
from voiceclone.housekeeping.prefixes import stored_under
from voices import work
from voices.models import Voice
from voices.operations import NewVoice, submit_clone

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def stored_of(caller: Caller) -> list[str]:
    folders = [f"{folder}/{caller.workspace.pk}/" for folder in ("voices", "speeches")]
    return [file.name for folder in folders for file in stored_under(folder)]


def row_of(caller: Caller) -> Workspace:
    return Workspace.objects.get(pk=caller.workspace.pk)


def due(caller: Caller) -> None:
    Workspace.objects.filter(pk=caller.workspace.pk).update(sweep_at=timezone.now())


def nothing_is_left_of(caller: Caller) -> bool:
    return (
        stored_of(caller) == []
        and not Speech.objects.filter(workspace=caller.workspace).exists()
        and not Voice.objects.filter(workspace=caller.workspace).exists()
        and not Call.objects.filter(workspace=caller.workspace).exists()
    )


ADDING: dict[str, Callable[[Caller], object]] = {
    "a speech": ask,
    "a speech in a voice of its own": lambda ada: ask(ada, voice=once(ada)),
    "a conversion": lambda ada: ask_conversion(ada, recordings.wav()),
    "a handle": handle,
    "a clone": lambda ada: submit_clone(
        workspace=ada.workspace,
        recording=BytesIO(recordings.wav()),
        info=probe(BytesIO(recordings.wav())),
        about=NewVoice(name="ada"),
        actor="test",
    ),
    "a key": lambda ada: create_api_key(workspace=ada.workspace, name="a program"),
    "a webhook": lambda ada: create_endpoint(
        workspace=ada.workspace, url="https://example.com/ada", events=["voice.completed"]
    ),
    "a call": lambda ada: Call.objects.create(workspace=ada.workspace, dialect="runpod"),
    "a member": lambda ada: Membership.objects.create(
        workspace=ada.workspace, user=User.objects.create_user("ada@example.com", "correct horse")
    ),
    "a charge": lambda ada: charge(workspace=ada.workspace, amount=1, job_id="a job"),
}


@pytest.mark.parametrize("adding", ADDING.values(), ids=list(ADDING))
def test_nothing_is_added_to_an_erased_workspace(
    ada: Caller, adding: Callable[[Caller], object]
) -> None:
    erase_workspace(ada.workspace)
    entries = Entry.objects.filter(wallet__workspace=ada.workspace).count()
    with pytest.raises(WorkspaceClosedError), transaction.atomic():
        adding(ada)
    assert nothing_is_left_of(ada)
    assert Entry.objects.filter(wallet__workspace=ada.workspace).count() == entries


@pytest.mark.parametrize(
    "table",
    [
        "speech_speech",
        "speech_call",
        "speech_webhookendpoint",
        "voices_voice",
        "accounts_apikey",
        "accounts_membership",
        "billing_entry",
    ],
)
def test_the_database_itself_refuses_the_rows_of_a_closed_workspace(
    ada: Caller, table: str
) -> None:
    query = {
        "postgresql": (
            "SELECT 1 FROM pg_trigger WHERE tgname = %s AND tgenabled = 'O'"
            " AND tgrelid::regclass::text = %s"
        ),
        "sqlite": (
            "SELECT 1 FROM sqlite_master WHERE type = 'trigger' AND name = %s AND tbl_name = %s"
        ),
    }
    with connection.cursor() as cursor:
        cursor.execute(query[connection.vendor], [f"{table}_workspace_open", table])
        assert cursor.fetchall() == [(1,)]


def test_a_row_is_refused_that_goes_around_its_model(ada: Caller) -> None:
    speech = ask(ada)
    with transaction.atomic():
        close_workspace(workspace=ada.workspace, name="closed", sweep_at=timezone.now())
    speech.pk = "c" + "0" * 24
    with pytest.raises(IntegrityError, match="workspace"), transaction.atomic():
        Speech.objects.bulk_create([speech])


def test_what_was_charged_is_refunded_though_the_workspace_is_closed(ada: Caller) -> None:
    before = ada.credits()
    ask(ada)
    assert ada.credits() < before
    erase_workspace(ada.workspace)
    assert ada.credits() == before
    assert list(audit()) == []


def test_a_key_is_refused_from_the_moment_its_workspace_is_closed(ada: Caller) -> None:
    assert authenticate(ada.written) is not None
    Workspace.objects.filter(pk=ada.workspace.pk).update(closed_at=timezone.now())
    assert authenticate(ada.written) is None
    assert ada.get("/api/v1/credits").status_code == 401


def test_another_workspace_goes_on(ada: Caller, grace: Caller) -> None:
    voice = grace.own_voice()
    erase_workspace(ada.workspace)
    assert Speech.get(grace.own_speech(voice=voice)).state == "COMPLETED"
    assert len(stored_of(grace)) == 3


def test_the_files_of_a_worker_that_was_killed_are_swept(ada: Caller) -> None:
    default_storage.save(f"speeches/{ada.workspace.pk}/killed-1.mp3", ContentFile(b"a secret"))
    default_storage.save(f"voices/{ada.workspace.pk}/gone/prompt", ContentFile(b"a voice print"))
    erase_workspace(ada.workspace)
    assert stored_of(ada) == []


def test_a_workspace_whose_id_begins_alike_keeps_its_files(ada: Caller) -> None:
    other = default_storage.save(f"voices/{ada.workspace.pk}x/a/prompt", ContentFile(b"a"))
    erase_workspace(ada.workspace)
    assert default_storage.exists(other)
    default_storage.delete(other)


@pytest.mark.usefixtures("each_storage")
def test_all_that_was_stored_goes_on_every_storage(ada: Caller, grace: Caller) -> None:
    ada.own_speech(voice=ada.own_voice())
    ask_conversion(ada, recordings.wav(), voice=handle(ada))
    grace.own_voice()
    assert len(stored_of(ada)) == 7
    erase_workspace(ada.workspace)
    assert nothing_is_left_of(ada)
    assert len(stored_of(grace)) == 2


@pytest.mark.usefixtures("bucket")
def test_a_bucket_is_emptied_a_thousand_objects_at_a_time(ada: Caller) -> None:
    for number in range(30):
        name = f"voices/{ada.workspace.pk}/{number}/prompt"
        default_storage.save(name, ContentFile(b"a voice print"))
    sent: list[str] = []
    default_storage.connection.meta.client.meta.events.register(
        "before-call.s3", lambda model, **_more: sent.append(model.name)
    )
    erase_workspace(ada.workspace)
    assert sent == ["ListObjects", "DeleteObjects", "ListObjects"]
    assert stored_of(ada) == []


def test_what_a_worker_was_storing_goes_with_the_sweep_after_its_deadline(
    ada: Caller, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.JOB_DEADLINE_SECONDS = 600
    voice_id = ada.clone().json()["voiceId"]
    held = claim(Voice, voice_id)
    assert held is not None
    stored = work.store

    def erased_while_storing(*arguments: Any) -> str:
        erase_workspace(ada.workspace)
        name = stored(*arguments)
        held.files.clear()  # the worker is killed before it can remove the file
        return name

    monkeypatch.setattr(work, "store", erased_while_storing)
    before = timezone.now()
    with suppress(Voice.DoesNotExist):
        run_claimed(held)
    assert len(stored_of(ada)) == 1
    finish_erasures()
    assert len(stored_of(ada)) == 1, "it is not due yet"
    at = row_of(ada).sweep_at
    assert at is not None
    assert at >= before + timedelta(seconds=600)
    due(ada)
    finish_erasures()
    assert nothing_is_left_of(ada)
    assert row_of(ada).sweep_at is None


def test_a_sweep_that_storage_stops_is_tried_again_and_keeps_none_from_theirs(
    ada: Caller, grace: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    for caller in (ada, grace):
        erase_workspace(caller.workspace)
        default_storage.save(f"voices/{caller.workspace.pk}/a/prompt", ContentFile(b"a"))
        due(caller)
    remove = default_storage.delete

    def delete(name: str) -> None:
        if str(ada.workspace.pk) in name:
            raise OSError
        remove(name)

    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", delete)
        finish_erasures()
    assert row_of(grace).sweep_at is None
    assert stored_of(grace) == []
    again = row_of(ada).sweep_at
    assert again is not None
    assert again > timezone.now()
    due(ada)
    finish_erasures()
    assert stored_of(ada) == []
    assert row_of(ada).sweep_at is None


def test_an_erasure_that_was_interrupted_is_finished(ada: Caller) -> None:
    ada.own_speech(voice=ada.own_voice())
    with transaction.atomic():
        close_workspace(workspace=ada.workspace, name="erased", sweep_at=timezone.now())
    finish_erasures()
    assert nothing_is_left_of(ada)


def test_only_closed_workspaces_are_swept(ada: Caller) -> None:
    with pytest.raises(IntegrityError, match="swept_when_closed"), transaction.atomic():
        Workspace.objects.filter(pk=ada.workspace.pk).update(sweep_at=timezone.now())
    finish_erasures()
    assert Workspace.objects.filter(pk=ada.workspace.pk, closed_at=None).exists()


def test_a_prompt_made_while_the_voice_is_still_cloned_goes_too(ada: Caller) -> None:
    voice_id = ada.clone().json()["voiceId"]
    cloning = claim(Voice, voice_id)
    speech_id = ada.say("Hello.", voice=voice_id).json()["speechId"]
    speaking = claim(Speech, speech_id)
    assert cloning is not None
    assert speaking is not None
    run_claimed(speaking)
    run_claimed(cloning)
    erase_workspace(ada.workspace)
    assert nothing_is_left_of(ada)


def test_check_storage_names_the_files_of_an_erased_workspace_at_once(
    ada: Caller, capsys: pytest.CaptureFixture[str]
) -> None:
    erase_workspace(ada.workspace)
    name = default_storage.save(f"voices/{ada.workspace.pk}/a/prompt", ContentFile(b"a"))
    with pytest.raises(CommandError, match="1 files without a row"):
        call_command("check_storage")
    assert f"{name}: storage has it, its workspace is erased" in capsys.readouterr().out
    call_command("check_storage", "--remove")
    assert not default_storage.exists(name)


@pytest.mark.django_db(transaction=True)
def test_a_request_that_commits_while_the_workspace_is_closed_is_waited_for(ada: Caller) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")
    submitted, go_on = Event(), Event()

    def submit() -> None:
        with transaction.atomic():
            ask(ada)
            submitted.set()
            assert go_on.wait(60)

    def erase() -> None:
        assert submitted.wait(60)
        erase_workspace(ada.workspace)

    def let_go() -> None:
        assert submitted.wait(60)
        while not somebody_waits_for_a_lock():
            pass
        go_on.set()

    assert each_in_a_thread([submit, erase, let_go]) == [None, None, None]
    assert nothing_is_left_of(ada)
    assert list(audit()) == []


@pytest.mark.django_db(transaction=True)
def test_a_request_that_comes_while_the_workspace_is_closed_waits_and_is_refused(
    ada: Caller,
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite lets one transaction write at a time")
    closing, go_on = Event(), Event()

    def close() -> None:
        with transaction.atomic():
            close_workspace(workspace=ada.workspace, name="closed", sweep_at=timezone.now())
            closing.set()
            assert go_on.wait(60)

    def submit() -> None:
        assert closing.wait(60)
        with pytest.raises(WorkspaceClosedError):
            ask(ada)

    def let_go() -> None:
        assert closing.wait(60)
        while not somebody_waits_for_a_lock():
            pass
        go_on.set()

    assert each_in_a_thread([close, submit, let_go]) == [None, None, None]
    assert nothing_is_left_of(ada)


def somebody_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return bool(cursor.fetchall())
