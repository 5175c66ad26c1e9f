"""Speeches that are sent while they are made, as far as workers and the ledger see them."""

import pytest

from billing.models import Entry
from inference.jobs.lifecycle import claim, end, release, request_cancel
from inference.jobs.model import JobState
from inference.jobs.runner import run_claimed
from inference.live import recent
from speech.delivery import begin_delivery, note_delivered
from speech.models import Speech
from tests.speech.asking import ask
from tests.support.callers import Caller, run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

THREE = "The first sentence is here. The second one follows it. And this is the third of them."


def refunds(speech: Speech) -> list[int]:
    return [entry.amount for entry in Entry.objects.filter(job_id=speech.pk, kind="refund")]


@pytest.mark.parametrize("form", ["wav", "mp3", "opus", "aac", "flac", "pcm"])
def test_what_is_sent_is_what_is_stored(ada: Caller, form: str) -> None:
    from django.core.files.storage import default_storage

    speech = ask(ada, THREE, format=form, live=True)
    run_jobs()
    chunks, ended = recent(speech.pk)
    assert ended
    assert len(chunks) >= 3
    with default_storage.open(Speech.get(speech.pk).audio_name) as file:
        stored = file.read()
    sent = b"".join(chunk.data for chunk in chunks)
    assert len(sent) == len(stored)
    head = {"wav": 44, "flac": 42, "mp3": 576}.get(form, 0)  # where sizes are stated
    assert sent[head:] == stored[head:]
    assert [chunk.offset for chunk in chunks][1:] == [
        chunk.offset + len(chunk.data) for chunk in chunks
    ][:-1]


def test_the_chunks_account_for_the_whole_text_and_time(ada: Caller) -> None:
    speech = ask(ada, THREE, format="pcm", live=True)
    run_jobs()
    chunks, _ended = recent(speech.pk)
    assert chunks[-1].text_bytes == len(THREE)
    assert [chunk.text_bytes for chunk in chunks] == sorted(chunk.text_bytes for chunk in chunks)
    assert sum(chunk.seconds for chunk in chunks) == pytest.approx(
        Speech.get(speech.pk).duration, abs=0.002
    )


def test_who_cancels_a_stream_pays_for_what_was_delivered(ada: Caller) -> None:
    before = ada.credits()
    speech = ask(ada, THREE, live=True)
    held = claim(Speech, speech.pk)
    assert held is not None
    assert begin_delivery(speech.pk, held.attempt)
    note_delivered(speech.pk, held.attempt, 27)
    request_cancel(Speech, speech.pk)
    run_claimed(held)
    ended = Speech.get(speech.pk)
    assert ended.state != "COMPLETED"
    assert before - ada.credits() == 27
    assert refunds(speech) == [len(THREE) - 27]
    assert ended.credits_used == 27


def test_more_is_never_delivered_than_was_paid(ada: Caller) -> None:
    speech = ask(ada, THREE, live=True)
    held = claim(Speech, speech.pk)
    assert held is not None
    note_delivered(speech.pk, held.attempt, len(THREE) + 80)
    assert Speech.get(speech.pk).delivered == len(THREE)


def test_what_is_sent_twice_is_paid_once(ada: Caller) -> None:
    """A stream that broke is read again from its beginning by a request with the same key."""
    before = ada.credits()
    speech = ask(ada, THREE, live=True)
    held = claim(Speech, speech.pk)
    assert held is not None
    for _ in range(2):
        assert begin_delivery(speech.pk, held.attempt)
        for position in (10, 40):
            note_delivered(speech.pk, held.attempt, position)
    end(Speech, speech.pk, JobState.FAILED, code="X", message="The engine fails after that.")
    assert before - ada.credits() == 40


def test_a_late_note_of_a_lost_attempt_changes_nothing(ada: Caller) -> None:
    speech = ask(ada, THREE, live=True)
    lost = claim(Speech, speech.pk)
    assert lost is not None
    release(lost)
    again = claim(Speech, speech.pk)
    assert again is not None
    note_delivered(speech.pk, lost.attempt, 40)
    assert not begin_delivery(speech.pk, lost.attempt)
    row = Speech.get(speech.pk)
    assert (row.delivered, row.streamed_at) == (0, None)
    assert begin_delivery(speech.pk, again.attempt)


def test_nothing_is_delivered_of_a_speech_that_does_not_run(ada: Caller) -> None:
    speech = ask(ada, THREE, live=True)
    assert not begin_delivery(speech.pk, 0)
    note_delivered(speech.pk, 0, 10)
    assert Speech.get(speech.pk).delivered == 0


def test_a_stream_that_broke_off_is_not_begun_again(ada: Caller) -> None:
    before = ada.credits()
    speech = ask(ada, THREE, live=True)
    lost = claim(Speech, speech.pk)
    assert lost is not None
    assert begin_delivery(speech.pk, lost.attempt)
    note_delivered(speech.pk, lost.attempt, 5)
    Speech.objects.filter(pk=speech.pk).update(state="QUEUED", lease_until=None)
    run_jobs()
    ended = Speech.get(speech.pk)
    assert (ended.state, ended.error_code) == ("FAILED", "STREAM_BROKEN")
    assert before - ada.credits() == 5


def test_a_stream_of_which_nothing_left_is_made_anew(ada: Caller) -> None:
    speech = ask(ada, THREE, live=True)
    assert claim(Speech, speech.pk) is not None
    Speech.objects.filter(pk=speech.pk).update(state="QUEUED", lease_until=None)
    run_jobs()
    assert Speech.get(speech.pk).state == "COMPLETED"
