import pytest

from inference.audio.loudness import peak, rms_dbfs
from inference.jobs.lifecycle import claim
from inference.jobs.model import JobLimits
from inference.jobs.reaper import reap
from speech.models import Speech
from tests.speech.asking import ask, audio_of
from tests.support.callers import Caller, run_jobs

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

TEXT = "One two three four five six seven eight nine ten eleven twelve."


@pytest.mark.parametrize("rate", [8000, 16_000, 22_050, 44_100, 48_000])
def test_another_sample_rate_is_the_same_speech(ada: Caller, rate: int) -> None:
    plain, other = ask(ada, seed=7), ask(ada, seed=7, sample_rate=rate)
    run_jobs()
    assert Speech.get(other.pk).duration == pytest.approx(Speech.get(plain.pk).duration, abs=0.01)
    assert len(audio_of(other, rate)) / rate == pytest.approx(
        Speech.get(plain.pk).duration, abs=0.01
    )


def test_peak_normalisation_reaches_full_scale(ada: Caller) -> None:
    speech = ask(ada, normalization="peak")
    run_jobs()
    assert peak(audio_of(speech)) == pytest.approx(1.0, abs=0.001)


def test_rms_normalisation_sets_the_level(ada: Caller) -> None:
    speech = ask(ada, normalization="rms")
    run_jobs()
    assert rms_dbfs(audio_of(speech)) == pytest.approx(-20.0, abs=1.0)


def test_a_number_of_words_makes_pieces(ada: Caller) -> None:
    speech = ask(ada, TEXT, piece_words=3)
    run_jobs()
    metrics = Speech.get(speech.pk).metrics
    assert len(metrics["chunks"]) == 4
    assert metrics["first_chunk_seconds"] <= metrics["generation_seconds"]
    assert sum(chunk["samples"] for chunk in metrics["chunks"]) == len(audio_of(speech))


def test_mu_law_is_eight_kilohertz(ada: Caller) -> None:
    from django.core.files.storage import default_storage

    speech = ask(ada, format="ulaw")
    run_jobs()
    done = Speech.get(speech.pk)
    assert default_storage.size(done.audio_name) == pytest.approx(done.duration * 8000, abs=5)


def test_a_job_ends_when_its_owners_time_is_over(ada: Caller) -> None:
    before = ada.credits()
    speech = ask(ada, limits=JobLimits(total_seconds=-1))
    run_jobs()
    reap(Speech)
    assert Speech.get(speech.pk).state == "TIMED_OUT"
    assert ada.credits() == before


def test_execution_time_counts_from_when_a_job_is_taken_up(ada: Caller) -> None:
    speech = ask(ada, limits=JobLimits(execution_seconds=5))
    waiting = Speech.get(speech.pk)
    held = claim(Speech, speech.pk)
    assert held is not None
    running = Speech.get(speech.pk)
    assert running.deadline < waiting.deadline
    assert 4 < (running.deadline - running.started_at).total_seconds() <= 5.1
