from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from speech.calls import answer_at_once, call_of, expire_calls, recorder
from speech.models import Call, Delivery, Speech
from speech.operations import delete_speech
from speech.purge import purge_deleted_speeches
from speech.webhooks.forms import register_form
from tests.speech.asking import ask
from tests.support.callers import Caller, run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

DIALECT = "a-dialect"
HOOK = "https://example.com/hook"
register_form(DIALECT, lambda event: {"call": event.data["callId"]})


def call_for(caller: Caller, **fields: object) -> Call:
    return Call(workspace=caller.workspace, dialect=DIALECT, **fields)


def asked(caller: Caller, **fields: object) -> Call:
    call = call_for(caller, **fields)
    ask(caller, also=recorder(call))
    return call


def found(caller: Caller, call: Call, **where: str) -> Call | None:
    return call_of(caller.workspace, DIALECT, str(call.pk), **where)


def test_a_call_stands_for_its_job(ada: Caller) -> None:
    call = asked(ada)
    run_jobs()
    seen = found(ada, call)
    assert seen is not None
    assert seen.job is not None
    assert seen.job.state == "COMPLETED"


def test_a_call_is_nobody_elses_and_of_one_endpoint(ada: Caller, grace: Caller) -> None:
    call = asked(ada, endpoint="here")
    assert found(grace, call, endpoint="here") is None
    assert found(ada, call, endpoint="there") is None
    assert found(ada, call, endpoint="here") is not None


def test_a_call_is_not_recorded_where_its_job_is_not_accepted(ada: Caller) -> None:
    call = call_for(ada)
    with pytest.raises(ZeroDivisionError):
        ask(ada, also=lambda speech: (recorder(call)(speech), 1 / 0))
    assert not Call.objects.exists()
    assert not Speech.objects.exists()


def test_the_end_is_told_once_in_the_transaction_that_settles(ada: Caller) -> None:
    asked(ada, webhook_url=HOOK)
    assert not Delivery.objects.exists()
    run_jobs()
    assert [delivery.url for delivery in Delivery.objects.filter(form=DIALECT)] == [HOOK]


def test_a_call_answered_at_once_is_told_as_well(ada: Caller) -> None:
    answer_at_once(call_for(ada, error="No such voice", webhook_url=HOOK))
    assert Delivery.objects.filter(form=DIALECT, url=HOOK).count() == 1


def test_a_result_is_kept_as_long_as_was_promised(ada: Caller) -> None:
    call = asked(ada, keep_seconds=60)
    assert found(ada, call).expires_at is None
    run_jobs()
    left = found(ada, call).expires_at - timezone.now()
    assert timedelta(seconds=50) < left <= timedelta(seconds=60)


def test_an_expired_call_is_gone_and_so_is_its_audio(ada: Caller) -> None:
    call = asked(ada, keep_seconds=60)
    run_jobs()
    audio = Speech.get(Call.objects.get().speech_id).audio_name
    Call.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert found(ada, call) is None
    expire_calls()
    purge_deleted_speeches()
    assert not default_storage.exists(audio)


def test_a_call_that_made_no_job_is_forgotten_days_after_its_result(ada: Caller) -> None:
    answer_at_once(call_for(ada, result={"voices": []}, keep_seconds=60))
    Call.objects.update(expires_at=timezone.now() - timedelta(days=3.9))
    expire_calls()
    due = Call.objects.get().housekeeping_at
    assert timedelta(days=0) < due - timezone.now() < timedelta(days=0.2)
    Call.objects.update(expires_at=timezone.now() - timedelta(days=4.1), housekeeping_at=None)
    expire_calls()
    assert not Call.objects.exists()


def test_a_call_that_was_expired_once_is_not_looked_at_until_it_is_forgotten(
    ada: Caller, django_assert_num_queries
) -> None:
    asked(ada, keep_seconds=60)
    run_jobs()
    Call.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    expire_calls()
    with django_assert_num_queries(2):
        expire_calls()
    Call.objects.update(
        expires_at=timezone.now() - timedelta(days=4.1), housekeeping_at=timezone.now()
    )
    expire_calls()
    assert not Call.objects.exists()


def test_a_call_goes_with_the_row_of_its_job(ada: Caller) -> None:
    asked(ada)
    run_jobs()
    delete_speech(speech=Speech.objects.get())
    purge_deleted_speeches()
    assert Call.objects.exists()
    week_ago = timezone.now() - timedelta(days=7, seconds=1)
    Speech.objects.update(files_removed_at=week_ago, housekeeping_at=timezone.now())
    purge_deleted_speeches()
    assert not Speech.objects.exists()
    assert not Call.objects.exists()


def test_a_call_that_moved_to_another_job_is_kept_anew(ada: Caller) -> None:
    call = asked(ada, keep_seconds=60)
    run_jobs()
    Call.objects.update(expires_at=None, housekeeping_at=timezone.now() - timedelta(days=9))
    expire_calls()
    kept = found(ada, call)
    assert kept is not None
    assert kept.housekeeping_at is None


def test_a_call_without_an_end_to_its_keeping_stays(ada: Caller) -> None:
    call = asked(ada)
    run_jobs()
    expire_calls()
    assert found(ada, call) is not None


def test_recording_a_call_needs_the_transaction_of_its_job(ada: Caller) -> None:
    speech = ask(ada)
    with transaction.atomic():
        recorder(call_for(ada))(speech)
    assert Call.objects.get().speech == speech
