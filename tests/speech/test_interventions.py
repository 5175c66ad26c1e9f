"""What staff does to customers' jobs."""

from dataclasses import fields
from functools import partial
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from billing.audit import audit
from billing.errors import InsufficientCreditsError
from billing.models import Entry, EntryKind
from billing.operations import take_back
from inference.jobs.errors import StateConflictError
from inference.jobs.fair_scheduler import claim_next
from inference.jobs.lifecycle import fail
from inference.jobs.refunds import NothingToRefundError
from speech.interventions import cancel_job, refund_job, retry_job
from speech.models import JobIntervention, Speech, WebhookEvent
from speech.operations import (
    ConversionRequest,
    SpeechRequest,
    cancel_speech,
    time_out_speech,
)
from speech.retries import RetryImpossibleError
from tests.billing.crowd import all_at_once
from tests.speech.asking import ask, ask_conversion, once
from tests.support import recordings
from tests.support.callers import Caller, make_caller, run_jobs
from voices.models import Voice
from voices.operations import NewVoice

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]

WHY: dict[str, Any] = {"reason": "Ticket 9", "actor": "user:7"}
TEXT = "Good morning."


def completed(ada: Caller, **more: Any) -> Speech:
    speech = ask(ada, TEXT, **more)
    run_jobs()
    return Speech.get(speech.pk)


def failed(speech: Speech | Voice) -> Any:
    held = claim_next()
    assert held is not None
    assert held.job.pk == speech.pk
    fail(held, code="BROKEN", message="It broke.")
    return type(speech).get(speech.pk)


def records() -> list[tuple[str, str, str, str]]:
    rows = JobIntervention.objects.order_by("pk")
    return list(rows.values_list("kind", "job_id", "actor", "reason"))


# ------------------------------------------------------------------ refunds


def test_a_completed_job_is_refunded_and_stays_completed(ada: Caller) -> None:
    speech = completed(ada)
    assert ada.credits() == 10_000 - len(TEXT)
    refunded = refund_job(job=speech, **WHY)
    assert (refunded.state, refunded.refunded, refunded.credits_used) == ("COMPLETED", 13, 0)
    assert ada.credits() == 10_000
    entry = Entry.objects.get(kind=EntryKind.REFUND)
    assert (entry.job_id, entry.actor, entry.reason) == (speech.pk, "user:7", "Ticket 9")
    assert records() == [("refund", speech.pk, "user:7", "Ticket 9")]
    assert list(audit()) == []


def test_who_reads_a_refunded_job_sees_that_it_cost_nothing(ada: Caller) -> None:
    speech = completed(ada)
    assert ada.get(f"/api/v1/tts/{speech.pk}").json()["speech"]["creditsUsed"] == 13
    told = WebhookEvent.objects.count()
    refund_job(job=speech, **WHY)
    shown = ada.get(f"/api/v1/tts/{speech.pk}").json()["speech"]
    assert (shown["status"], shown["creditsUsed"]) == ("COMPLETED", 0)
    assert shown["audioUrl"]
    assert WebhookEvent.objects.count() == told  # its end is told once
    entry = ada.get("/api/v1/credits/ledger").json()["entries"][0]
    assert (entry["kind"], entry["reason"]) == ("refund", "Ticket 9")


def test_a_part_of_the_price_may_be_given_back_once(ada: Caller) -> None:
    speech = completed(ada)
    for amount in (0, 14):
        with pytest.raises(ValueError, match="between 1 and 13"):
            refund_job(job=speech, amount=amount, **WHY)
    assert refund_job(job=speech, amount=5, **WHY).credits_used == 8
    with pytest.raises(NothingToRefundError):
        refund_job(job=speech, amount=8, **WHY)
    assert ada.credits() == 10_000 - 8
    assert len(records()) == 1


@pytest.mark.django_db(transaction=True)
def test_16_refunds_at_once_give_back_once() -> None:
    ada = make_caller("Ada's workspace")
    speech = completed(ada)
    answers = all_at_once([partial(refund_job, job=speech, **WHY)] * 16)
    refused = [answer for answer in answers if isinstance(answer, NothingToRefundError)]
    assert len(refused) == 15
    assert ada.credits() == 10_000


def test_a_live_job_and_one_that_failed_are_not_refunded(ada: Caller) -> None:
    speech = ask(ada)
    with pytest.raises(StateConflictError):
        refund_job(job=speech, **WHY)
    with pytest.raises(NothingToRefundError):
        refund_job(job=failed(speech), **WHY)
    assert ada.credits() == 10_000
    assert records() == []


def test_a_clone_is_refunded_and_goes_on_speaking(ada: Caller) -> None:
    voice = Voice.get(ada.own_voice())
    assert refund_job(job=voice, **WHY).refunded == 1000
    assert completed(ada, voice=voice).state == "COMPLETED"


# ------------------------------------------------------------------ cancelling


def test_a_queued_job_is_cancelled_at_once_and_one_in_work_is_asked_to_stop(ada: Caller) -> None:
    speech = ask(ada)
    assert cancel_job(job=speech, **WHY).state == "CANCELLED"
    assert ada.credits() == 10_000
    running = ask(ada)
    claim_next()
    assert cancel_job(job=running, **WHY).cancel_requested
    assert [kind for kind, *_rest in records()] == ["cancel", "cancel"]
    with pytest.raises(StateConflictError):
        cancel_job(job=speech, **WHY)
    assert len(records()) == 2


# ------------------------------------------------------------------ retrying


ENDS = {
    "FAILED": failed,
    "CANCELLED": lambda speech: cancel_speech(speech=speech),
    "TIMED_OUT": lambda speech: time_out_speech(speech, seconds=5),
}


@pytest.mark.parametrize("state", ENDS)
def test_what_came_to_nothing_is_made_again_and_charged_anew(ada: Caller, state: str) -> None:
    speech = ENDS[state](ask(ada, TEXT))
    assert (speech.state, ada.credits()) == (state, 10_000)
    new = retry_job(job=speech, **WHY)
    assert ada.credits() == 10_000 - len(TEXT)
    assert Entry.objects.get(kind="charge", job_id=new.pk).actor == "user:7"
    run_jobs()
    assert Speech.get(new.pk).state == "COMPLETED"
    assert Speech.get(speech.pk).state == state
    row = JobIntervention.objects.get()
    assert (row.kind, row.job_id, row.new_job_id) == ("retry", speech.pk, new.pk)
    assert (row.actor, row.reason) == ("user:7", "Ticket 9")


def test_a_job_is_retried_once_and_then_the_new_one(ada: Caller) -> None:
    speech = failed(ask(ada))
    new = retry_job(job=speech, **WHY)
    with pytest.raises(StateConflictError):
        retry_job(job=speech, **WHY)
    assert retry_job(job=failed(new), **WHY).pk not in {speech.pk, new.pk}
    assert Speech.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_16_retries_at_once_make_and_charge_one_job() -> None:
    ada = make_caller("Ada's workspace")
    speech = failed(ask(ada, TEXT))
    answers = all_at_once([partial(retry_job, job=speech, **WHY)] * 16)
    assert sum(isinstance(answer, Speech) for answer in answers) == 1
    assert Speech.objects.count() == 2
    assert ada.credits() == 10_000 - len(TEXT)


def test_a_retry_costs_what_the_workspace_has_not_got(ada: Caller) -> None:
    speech = failed(ask(ada))
    with transaction.atomic():
        take_back(workspace=ada.workspace, amount=10_000, **WHY)
    with pytest.raises(InsufficientCreditsError):
        retry_job(job=speech, **WHY)
    assert records() == []


def test_neither_what_went_well_nor_what_was_deleted_is_retried(ada: Caller) -> None:
    with pytest.raises(StateConflictError):
        retry_job(job=completed(ada), **WHY)
    gone = failed(ask(ada))
    ada.delete(f"/api/v1/tts/{gone.pk}")
    with pytest.raises(StateConflictError):
        retry_job(job=Speech.get(gone.pk), **WHY)


def test_a_job_whose_voice_is_gone_cannot_be_made_again(ada: Caller) -> None:
    voice = Voice.get(ada.own_voice())
    speech = failed(ask(ada, voice=voice))
    ada.delete(f"/api/v1/voices/{voice.pk}")
    with pytest.raises(RetryImpossibleError):
        retry_job(job=Speech.get(speech.pk), **WHY)


def test_a_clone_and_a_conversion_are_made_again(ada: Caller) -> None:
    voice_id = ada.clone(title="Grandmother").json()["voiceId"]
    new = retry_job(job=failed(Voice.get(voice_id)), **WHY)
    conversion = ask_conversion(ada, recordings.wav(), voice=once(ada))
    run_jobs()
    assert Voice.get(new.pk).state == "COMPLETED"
    assert (new.title, new.name) == ("Grandmother", None)
    again = ask_conversion(ada, recordings.wav())
    new_conversion = retry_job(job=failed(again), **WHY)
    run_jobs()
    assert Speech.get(new_conversion.pk).state == "COMPLETED"
    assert conversion.pk != new_conversion.pk


# ------------------------------------------------------------------ nothing is lost on the way

UNUSUAL = {
    "text": "Once more.",
    "format": "flac",
    "language": "de",
    "speed": 1.5,
    "seed": 4711,
    "exaggeration": 0.9,
    "cfg_weight": 0.1,
    "temperature": 0.2,
    "sample_rate": 16_000,
    "normalization": "peak",
    "piece_words": 7,
    "live": True,
    "no_watermark": True,
}
NOT_ASKED = {
    # who and what for; what was decided at submission
    "id", "workspace", "voice", "voice_title", "voice_type", "voice_cover_image", "request_id",
    "kind", "input_name", "input_seconds", "engine", "cost", "deadline", "execution_seconds",
    # what came of it
    "state", "attempt", "failures", "is_ready", "lease_until", "retry_at", "cancel_requested",
    "delivered", "refunded", "housekeeping_at",
    "error_code", "error_message", "model", "created_at", "updated_at", "started_at",
    "finished_at", "deleted_at", "files_removed_at", "streamed_at", "watermarked", "audio_name",
    "duration", "metrics",
}  # fmt: skip


def names_of(request: type[Any]) -> set[str]:
    return {field.name for field in fields(request)}


def columns_of(model: type[Any]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


def test_every_column_of_a_speech_was_asked_for_or_is_known_to_be_none_of_the_request() -> None:
    asked = names_of(SpeechRequest) - {"limits"}
    assert columns_of(Speech) - asked == NOT_ASKED
    assert names_of(ConversionRequest) - {"recording", "info", "limits"} <= asked


def test_every_column_of_a_voice_was_asked_for_or_is_known_to_be_none_of_the_request() -> None:
    asked = names_of(NewVoice) - {"kept"}
    jobs = NOT_ASKED & {field.name for field in Voice._meta.concrete_fields}
    assert columns_of(Voice) - asked - jobs == {
        "type", "short_id", "gender", "reference_name", "reference_type", "reference_url",
        "reference_rate", "reference_seconds", "handle", "made_for", "expires_at", "sample_name",
    }  # fmt: skip


def test_a_retry_asks_for_everything_that_was_asked_for(ada: Caller) -> None:
    usual = SpeechRequest("Something else.")
    assert set(UNUSUAL) == names_of(SpeechRequest) - {"limits"}
    assert all(getattr(usual, name) != value for name, value in UNUSUAL.items())
    type(ada.workspace).objects.update(may_omit_watermark=True)
    ada.workspace.refresh_from_db()
    speech = failed(ask(ada, UNUSUAL["text"], **{k: v for k, v in UNUSUAL.items() if k != "text"}))
    new = Speech.get(retry_job(job=speech, **WHY).pk)
    assert {name: getattr(new, name) for name in UNUSUAL} == UNUSUAL


# ------------------------------------------------------------------ the record


@pytest.mark.parametrize("operation", [cancel_job, refund_job, retry_job])
def test_nothing_is_done_without_a_reason(ada: Caller, operation: Any) -> None:
    speech = ask(ada)
    with pytest.raises(ValueError, match="reason"):
        operation(job=speech, reason=" ", actor="user:7")
    assert Speech.get(speech.pk).state == "QUEUED"


def test_the_record_cannot_be_changed_or_removed(ada: Caller) -> None:
    cancel_job(job=ask(ada), **WHY)
    for change in (
        lambda: JobIntervention.objects.update(reason="Another"),
        lambda: JobIntervention.objects.all().delete(),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": ""},
        {"actor": ""},
        {"kind": "pardon"},
        {"kind": "retry"},
        {"kind": "cancel", "new_job_id": "another"},
        {"kind": "refund"},
    ],
)
def test_a_record_that_cannot_be_is_refused_by_the_database(ada: Caller, wrong: Any) -> None:
    usual = {"workspace": ada.workspace, "job_id": "a job", "kind": "cancel", **WHY}
    JobIntervention.objects.create(**{**usual, "kind": "refund"})
    with pytest.raises(IntegrityError), transaction.atomic():
        JobIntervention.objects.create(**{**usual, **wrong})


# ------------------------------------------------------------------ the commands


def said(*arguments: str) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_the_commands_do_it_and_say_what_came_of_it(ada: Caller) -> None:
    done, speech = completed(ada), ask(ada)
    printed = said("refund_job", done.pk, "--reason", "Ticket 9", "--amount", "3")
    assert printed == "gave back 3 of 13 credits"
    printed = said("cancel_job", speech.pk, "--reason", "Ticket 9")
    assert printed == f"{speech.pk} is CANCELLED; 13 credits were given back"
    new = said("retry_job", speech.pk, "--reason", "Ticket 9")
    assert Speech.get(new).state == "QUEUED"
    assert {actor.partition(":")[0] for _kind, _job, actor, _why in records()} == {"command"}


@pytest.mark.parametrize(
    ("command", "problem"),
    [
        ("cancel_job", "only a live job"),
        ("retry_job", "after it has failed"),
        ("refund_job", "refunded before"),
    ],
)
def test_the_commands_say_in_one_line_why_nothing_is_done(
    ada: Caller, command: str, problem: str
) -> None:
    done = completed(ada)
    refund_job(job=done, **WHY)
    with pytest.raises(CommandError, match=problem):
        said(command, done.pk, "--reason", "Ticket 9")
    with pytest.raises(CommandError, match="no job nowhere"):
        said(command, "nowhere", "--reason", "Ticket 9")
    with pytest.raises(CommandError, match="--reason"):
        said(command, done.pk)
