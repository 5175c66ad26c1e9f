"""The reaper, and rows that it cannot settle."""

from datetime import timedelta

import pytest
from django.utils import timezone

from inference.jobs import clock, reaper
from inference.jobs.lifecycle import claim
from inference.jobs.reaper import reap
from inference.jobs.registry import kinds
from speech.models import Speech
from tests.support.callers import Caller
from voices.models import Voice

pytestmark = [pytest.mark.anydb, pytest.mark.django_db]


def running(caller: Caller, **fields: object) -> Speech:
    speech = caller.say().json()["speechId"]
    assert claim(Speech, speech) is not None
    Speech.objects.filter(pk=speech).update(**fields)
    return Speech.get(speech)


def uncharged(speech: Speech) -> Speech:
    """Return an older copy that no charge belongs to, so that settling it raises."""
    speech.pk = "c" + "0" * 24
    speech.deadline = timezone.now() - timedelta(hours=1)
    speech.created_at = timezone.now() - timedelta(hours=2)
    speech.save(force_insert=True)
    return speech


PAST = timezone.now() - timedelta(seconds=1)


def test_a_job_that_cannot_be_settled_stops_no_other_and_is_put_off(
    ada: Caller, grace: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    bad = uncharged(running(ada))
    good = running(grace, deadline=PAST)
    reap(Speech)
    assert Speech.get(good.pk).state == "TIMED_OUT"
    assert Speech.get(bad.pk).state == "RUNNING"
    assert "job_not_reaped" in caplog.text
    assert bad.pk in caplog.text
    caplog.clear()
    reap(Speech)
    assert "job_not_reaped" not in caplog.text, "it is left alone for a while"


def test_more_bad_jobs_than_a_round_holds_stop_no_other(
    ada: Caller, grace: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reaper, "_BATCH", 1)
    uncharged(running(ada))
    good = running(grace, deadline=PAST)
    for _ in range(2):
        reap(Speech)
    assert Speech.get(good.pk).state == "TIMED_OUT"


def test_a_bad_voice_stops_no_speech(ada: Caller, grace: Caller) -> None:
    voice = Voice.get(ada.clone().json()["voiceId"])
    voice.pk, voice.short_id = "c" + "1" * 24, "00000001"
    voice.deadline = PAST
    voice.save(force_insert=True)
    good = running(grace, deadline=PAST)
    for kind in kinds():
        reap(kind)
    assert Speech.get(good.pk).state == "TIMED_OUT"


def test_leases_run_by_the_databases_clock(ada: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose own clock is ahead takes nobody's job, and grants no shorter lease."""
    speech = running(ada)
    ahead = timezone.now() + timedelta(hours=2)
    monkeypatch.setattr(timezone, "now", lambda: ahead)
    reap(Speech)
    assert Speech.get(speech.pk).state == "RUNNING"
    other = ada.say("Another.").json()["speechId"]
    held = claim(Speech, other)
    assert held is not None
    assert held.job.lease_until < ahead - timedelta(hours=1)
    assert held.job.deadline < ahead


def test_expressions_of_the_clock_agree_with_each_other(ada: Caller) -> None:
    speech = ada.say().json()["speechId"]
    Speech.objects.filter(pk=speech).update(retry_at=clock.db_from_now(-0.001))
    assert Speech.objects.filter(pk=speech, retry_at__lte=clock.db_now()).exists()
    Speech.objects.filter(pk=speech).update(retry_at=clock.db_from_now(60))
    assert not Speech.objects.filter(pk=speech, retry_at__lte=clock.db_now()).exists()
    assert Speech.objects.filter(pk=speech, retry_at__lte=clock.db_from_now(61)).exists()
