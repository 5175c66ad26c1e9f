from datetime import timedelta
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from billing.models import Plan
from billing.operations import start_subscription
from inference.jobs import runner
from speech.models import Speech
from speech.purge import expire_speeches, purge_deleted_speeches
from tests.support.callers import Caller
from voices.models import StoredPrompt, Voice
from voices.purge import expire_references, purge_deleted_voices

pytestmark = pytest.mark.django_db


def purge() -> None:
    expire_speeches()
    expire_references()
    purge_deleted_speeches()
    purge_deleted_voices()


def come_due() -> None:
    """Have the pauses of all rows end."""
    Speech.objects.update(housekeeping_at=timezone.now())
    Voice.objects.update(housekeeping_at=timezone.now())


def age(job: Speech | Voice, days: float) -> None:
    type(job).rows().filter(pk=job.pk).update(finished_at=timezone.now() - timedelta(days=days))


def spoken(caller: Caller, **fields: Any) -> Speech:
    return Speech.get(caller.own_speech(**fields))


def test_a_deleted_speech_loses_its_audio_and_its_words(ada: Caller) -> None:
    speech = spoken(ada)
    assert default_storage.exists(speech.audio_name)
    ada.delete(f"/api/v1/tts/{speech.pk}")
    purge()
    assert not default_storage.exists(speech.audio_name)
    row = Speech.get(speech.pk)
    assert (row.text, row.audio_name, row.cost) == ("", "", speech.cost)


def test_what_storage_does_not_let_go_of_is_tried_again(ada: Caller, monkeypatch: Any) -> None:
    speech = spoken(ada)
    ada.delete(f"/api/v1/tts/{speech.pk}")
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", lambda _name: 1 / 0)
        purge()
    assert Speech.get(speech.pk).audio_name == speech.audio_name
    come_due()
    purge()
    assert not default_storage.exists(speech.audio_name)


def test_a_deleted_voice_loses_its_recording_and_its_prompts(ada: Caller) -> None:
    voice = Voice.get(ada.own_voice())
    names = [voice.reference_name, *StoredPrompt.objects.values_list("file_name", flat=True)]
    assert len(names) == 2
    assert all(default_storage.exists(name) for name in names)
    ada.delete(f"/api/v1/voices/{voice.pk}")
    purge()
    assert not any(default_storage.exists(name) for name in names)


def test_a_deleted_voice_keeps_its_files_while_a_job_needs_them(ada: Caller) -> None:
    voice = Voice.get(ada.own_voice())
    waiting = ada.say(voice=voice.pk).json()["speechId"]
    ada.delete(f"/api/v1/voices/{voice.pk}")
    purge()
    assert default_storage.exists(voice.reference_name)
    from tests.support.callers import run_jobs

    run_jobs()
    assert Speech.get(waiting).state == "COMPLETED"
    come_due()
    purge()
    assert not default_storage.exists(voice.reference_name)


def test_a_speech_made_with_a_deleted_voice_still_shows_it(ada: Caller) -> None:
    voice = ada.own_voice(title="Mine")
    speech = ada.own_speech(voice=voice)
    ada.delete(f"/api/v1/voices/{voice}")
    purge()
    shown = ada.get(f"/api/v1/tts/{speech}").json()["speech"]
    assert shown["voice"]["title"] == "Mine"
    assert shown["status"] == "COMPLETED"


def test_speeches_are_kept_as_long_as_the_setting_says(ada: Caller, settings: Any) -> None:
    settings.RETENTION_SPEECH_DAYS = 7
    old, young = spoken(ada), spoken(ada)
    age(old, 7.1)
    age(young, 6.9)
    purge()
    assert ada.get(f"/api/v1/tts/{old.pk}").status_code == 404
    assert ada.get(f"/api/v1/tts/{young.pk}").status_code == 200
    assert not default_storage.exists(old.audio_name)


def test_speeches_are_kept_for_good_by_default(ada: Caller) -> None:
    speech = spoken(ada)
    age(speech, 4000)
    purge()
    assert default_storage.exists(speech.audio_name)


def test_a_plan_says_otherwise_for_its_workspaces(
    ada: Caller, grace: Caller, settings: Any
) -> None:
    settings.RETENTION_SPEECH_DAYS = 7
    plan = Plan.objects.create(name="Archive", monthly_credits=10_000, speech_days=0)
    with transaction.atomic():
        start_subscription(workspace=ada.workspace, plan=plan, external_reference="sub-1")
    kept, gone = spoken(ada), spoken(grace)
    age(kept, 30)
    age(gone, 30)
    purge()
    assert default_storage.exists(kept.audio_name)
    assert not default_storage.exists(gone.audio_name)


def test_a_recording_goes_in_time_and_its_voice_speaks_on(ada: Caller, settings: Any) -> None:
    settings.RETENTION_REFERENCE_DAYS = 30
    voice = Voice.get(ada.own_voice())
    age(voice, 31)
    purge()
    assert not default_storage.exists(voice.reference_name)
    shown = ada.get(f"/api/v1/voices/{voice.pk}").json()["voice"]
    assert shown["audioUrl"] is None
    assert Speech.get(ada.own_speech(voice=voice.pk)).state == "COMPLETED"


def test_files_are_removed_one_by_one_and_all_failures_are_told(monkeypatch: Any) -> None:
    removed: list[str] = []

    def delete(name: str) -> None:
        if name == "stuck":
            raise OSError
        removed.append(name)

    monkeypatch.setattr(default_storage, "delete", delete)
    assert not runner.remove_files(["one", "stuck", "two"])
    assert removed == ["one", "two"]
