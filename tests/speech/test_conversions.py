import pytest
from django.core.files.storage import default_storage

from billing.errors import InsufficientCreditsError
from speech.models import Speech
from speech.operations import delete_speech
from speech.purge import purge_deleted_speeches
from tests.speech.asking import ask_conversion, audio_of, once
from tests.support import recordings
from tests.support.callers import Caller, make_caller, run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def test_a_conversion_is_as_long_as_its_input_and_costs_by_started_second(ada: Caller) -> None:
    before = ada.credits()
    speech = ask_conversion(ada, recordings.mp3(2.5))
    run_jobs()
    done = Speech.get(speech.pk)
    assert done.state == "COMPLETED"
    assert done.duration == pytest.approx(2.5, rel=0.02)
    assert len(audio_of(speech)) / 24_000 == pytest.approx(2.5, rel=0.02)
    assert before - ada.credits() == 3 * 15


def test_a_conversion_into_the_voice_of_another_recording(ada: Caller) -> None:
    speech = ask_conversion(ada, recordings.wav(2.0), voice=once(ada))
    run_jobs()
    assert Speech.get(speech.pk).state == "COMPLETED"


def test_a_conversion_of_silence_fails_and_is_paid_back(ada: Caller) -> None:
    before = ada.credits()
    speech = ask_conversion(ada, recordings.silence(2.0))
    run_jobs()
    done = Speech.get(speech.pk)
    assert (done.state, done.error_code) == ("FAILED", "NO_SPEECH")
    assert ada.credits() == before


def test_who_cannot_pay_leaves_no_recording(db: None) -> None:
    poor = make_caller("Poor", balance=0)
    poor_before = poor.credits()
    _folders, before = default_storage.listdir("") if default_storage.exists("") else ([], [])
    with pytest.raises(InsufficientCreditsError):
        ask_conversion(poor, recordings.wav(100.0))
    assert poor.credits() == poor_before
    assert not Speech.objects.filter(workspace=poor.workspace).exists()
    assert not default_storage.exists(f"speeches/{poor.workspace.pk}")
    assert before is not None


def test_a_deleted_conversion_takes_its_input_along(ada: Caller) -> None:
    speech = ask_conversion(ada, recordings.wav(2.0))
    run_jobs()
    assert default_storage.exists(speech.input_name)
    delete_speech(speech=Speech.get(speech.pk))
    purge_deleted_speeches()
    assert not default_storage.exists(speech.input_name)
