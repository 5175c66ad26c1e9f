"""Recordings given by their address: downloaded apart from the engines, two for each workspace."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.jobs.fair_scheduler import claim_next
from inference.jobs.lifecycle import request_cancel
from speech import downloads
from speech.downloads import PER_WORKSPACE, claim_download, run_download
from speech.models import Speech
from tests.fetch.servers import Handler, Server, answering
from tests.speech.asking import ask
from tests.support import recordings
from tests.support.callers import Caller, run_jobs
from voices.models import ReferenceDownload, Voice
from voices.passing import voice_for_once

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

NOWHERE = "http://recordings.example/voice.wav"


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[[Handler], Server]]:
    settings.ALLOWED_FETCH_HOSTS = frozenset()
    settings.JOB_RETRY_SECONDS = 0
    with ExitStack() as closing:

        def start(handle: Handler) -> Server:
            server = closing.enter_context(Server(handle))
            settings.ALLOWED_FETCH_HOSTS |= server.allowed
            return server

        yield start


def ask_with(caller: Caller, url: str, text: str = "Good morning.") -> Speech:
    return ask(caller, text, voice=voice_for_once(workspace=caller.workspace, url=url))


def test_a_job_waits_for_its_recording_without_an_engine(ada: Caller, serve: Any) -> None:
    url = f"{serve(answering(recordings.wav(4.0))).url}/voice.wav"
    speech = ask_with(ada, url)
    assert claim_next() is None, "no engine thread is given it"
    held = claim_download()
    assert held is not None
    run_download(held)
    assert not ReferenceDownload.objects.exists()
    assert default_storage.exists(Voice.get(speech.voice_id).reference_name)
    run_jobs()
    assert Speech.get(speech.pk).state == "COMPLETED"


def test_a_workspace_downloads_two_at_a_time_and_others_go_before_its_third(
    ada: Caller, grace: Caller
) -> None:
    for _ in range(5):
        ask_with(ada, NOWHERE)
    ask_with(grace, NOWHERE)
    claimed = [claim_download() for _ in range(5)]
    owners = [held.workspace_id for held in claimed if held is not None]
    assert sorted(owners) == sorted([ada.workspace.pk] * PER_WORKSPACE + [grace.workspace.pk])
    assert owners[:2] == [ada.workspace.pk, grace.workspace.pk], "the fewest under way go first"


def test_a_recording_that_cannot_be_had_fails_its_speech_with_a_refund(
    ada: Caller, serve: Any
) -> None:
    before = ada.credits()
    speech = ask_with(ada, f"{serve(answering(b'gone', status=404)).url}/voice.wav")
    run_jobs()
    row = Speech.get(speech.pk)
    assert (row.state, row.error_code) == ("FAILED", "REFERENCE_UNREACHABLE")
    assert ada.credits() == before
    assert not ReferenceDownload.objects.exists()


def test_what_may_work_later_is_tried_again_and_then_given_up(
    ada: Caller, serve: Any, settings: Any
) -> None:
    server = serve(answering(b"busy", status=503))
    speech = ask_with(ada, f"{server.url}/voice.wav")
    for tries in range(1, settings.JOB_MAX_ATTEMPTS + 1):
        assert Speech.get(speech.pk).state == "QUEUED"
        held = claim_download()
        assert held is not None, tries
        run_download(held)
    assert Speech.get(speech.pk).error_code == "REFERENCE_UNREACHABLE"


def test_a_fault_of_ours_is_tried_again_and_stops_nobody(
    ada: Caller, grace: Caller, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.JOB_MAX_ATTEMPTS = 2
    settings.JOB_RETRY_SECONDS = 0

    def crash(*_args: Any, **_options: Any) -> None:
        raise RuntimeError("password=hunter2")

    monkeypatch.setattr(downloads, "download", crash)
    speeches = [ask_with(caller, NOWHERE) for caller in (ada, grace)]
    run_jobs()
    for speech in speeches:
        row = Speech.get(speech.pk)
        assert (row.state, row.error_code) == ("FAILED", "INTERNAL_ERROR")
        assert "hunter2" not in row.error_message


def test_a_download_whose_process_died_is_claimed_again(ada: Caller) -> None:
    ask_with(ada, NOWHERE)
    lost = claim_download()
    assert lost is not None
    assert claim_download() is None
    past = timezone.now() - timedelta(seconds=1)
    ReferenceDownload.objects.update(lease_until=past)
    again = claim_download()
    assert again is not None
    assert (again.attempt, again.failures) == (lost.attempt + 1, 0)


def test_a_slower_attempt_leaves_what_the_newer_one_stored(ada: Caller, serve: Any) -> None:
    url = f"{serve(answering(recordings.wav(4.0))).url}/voice.wav"
    speech = ask_with(ada, url)
    slow = claim_download()
    assert slow is not None
    ReferenceDownload.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    quick = claim_download()
    assert quick is not None
    run_download(quick)
    name = Voice.get(speech.voice_id).reference_name
    run_download(slow)
    assert Voice.get(speech.voice_id).reference_name == name
    assert default_storage.exists(name)


def test_a_cancelled_job_needs_no_download(ada: Caller) -> None:
    before = ada.credits()
    speech = ask_with(ada, NOWHERE)
    request_cancel(Speech, speech.pk)
    assert ada.credits() == before
    held = claim_download()
    assert held is not None
    run_download(held)
    assert not ReferenceDownload.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_threads_of_a_worker_process_download_what_is_asked_for(
    ada: Caller, serve: Any
) -> None:
    from speech.downloader import Downloader

    asked = threading.Event()

    def answer(*args: Any) -> Any:
        asked.set()
        return answering(recordings.wav(4.0))(*args)

    downloader = Downloader()
    downloader.start()
    try:
        speech = ask_with(ada, f"{serve(answer).url}/voice.wav")
        assert asked.wait(60)
        for _ in range(100):
            if Speech.get(speech.pk).is_ready:
                break
            asked.clear()
            asked.wait(0.1)
        assert Speech.get(speech.pk).is_ready
    finally:
        downloader.stop()
