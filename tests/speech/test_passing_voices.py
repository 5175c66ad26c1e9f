from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from billing.errors import InsufficientCreditsError
from billing.models import Plan
from billing.operations import start_subscription
from inference.audio.decode import probe
from inference.engines.registry import get_engine
from speech.models import Speech
from tests.speech.asking import ask, handle, once
from tests.support import recordings
from tests.support.callers import Caller, run_jobs
from voices import prompts
from voices.models import StoredPrompt, Voice, VoiceType
from voices.passing import MAX_LIVE_HANDLES, TooManyHandlesError, make_handle
from voices.purge import expire_handles, expire_one_request_voices, purge_deleted_voices
from voices.queries import visible_voice, voices_for

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def purge() -> None:
    expire_handles()
    expire_one_request_voices()
    purge_deleted_voices()


def expired(voice: Voice) -> None:
    Voice.objects.filter(pk=voice.pk).update(expires_at=timezone.now() - timedelta(seconds=1))


def test_a_recording_for_one_request_costs_only_the_text(ada: Caller) -> None:
    before = ada.credits()
    speech = ask(ada, "Hello there.", voice=once(ada))
    run_jobs()
    assert Speech.get(speech.pk).state == "COMPLETED"
    assert before - ada.credits() == len("Hello there.")


def test_a_recording_for_one_request_can_not_be_spoken_with_again(ada: Caller) -> None:
    speech = ask(ada, voice=once(ada))
    assert visible_voice(ada.workspace, speech.voice_id) is None
    assert not voices_for(ada.workspace).exists()


def test_no_prompt_is_kept_of_a_recording_for_one_request(ada: Caller) -> None:
    ask(ada, voice=once(ada))
    run_jobs()
    assert not StoredPrompt.objects.exists()


def test_a_refused_request_leaves_no_recording(ada: Caller) -> None:
    voice = once(ada)
    with pytest.raises(InsufficientCreditsError):
        ask(ada, "x" * 20_000, voice=voice)
    assert not default_storage.exists(voice.reference_name)
    assert not Voice.objects.filter(pk=voice.pk).exists()


def test_a_recording_for_one_request_goes_after_its_days_but_not_before(
    ada: Caller, settings: Any
) -> None:
    settings.RETENTION_ONE_REQUEST_DAYS = 2
    voice = once(ada)
    ask(ada, voice=voice)
    run_jobs()
    Voice.objects.filter(pk=voice.pk).update(finished_at=timezone.now() - timedelta(days=1.9))
    purge()
    assert default_storage.exists(voice.reference_name)
    Voice.objects.filter(pk=voice.pk).update(finished_at=timezone.now() - timedelta(days=2.1))
    purge()
    assert not default_storage.exists(voice.reference_name)


def test_a_recording_stays_while_its_request_waits(ada: Caller) -> None:
    voice = once(ada)
    speech = ask(ada, voice=voice)
    Voice.objects.filter(pk=voice.pk).update(finished_at=timezone.now() - timedelta(days=9))
    purge()
    run_jobs()
    assert Speech.get(speech.pk).state == "COMPLETED"


def test_a_handle_speaks_until_it_expires(ada: Caller) -> None:
    voice = handle(ada)
    assert visible_voice(ada.workspace, voice.pk) is not None
    expired(voice)
    assert visible_voice(ada.workspace, voice.pk) is None


def test_a_handle_is_in_no_list_and_nobody_elses(ada: Caller, grace: Caller) -> None:
    voice = handle(ada)
    assert not voices_for(ada.workspace).exists()
    assert visible_voice(grace.workspace, voice.pk) is None


def test_an_expired_handle_loses_its_recording_and_its_prompt(ada: Caller) -> None:
    voice = handle(ada)
    ask(ada, voice=voice)
    run_jobs()
    names = [voice.reference_name, StoredPrompt.objects.get(voice=voice).file_name]
    purge()
    assert all(default_storage.exists(name) for name in names)
    expired(voice)
    purge()
    assert not any(default_storage.exists(name) for name in names)


def test_a_handle_lives_as_long_as_the_plan_says(ada: Caller) -> None:
    plan = Plan.objects.create(name="Studio", monthly_credits=1, handle_days=30)
    start_subscription(workspace=ada.workspace, plan=plan, external_reference="s-1")
    left = handle(ada).expires_at - timezone.now()
    assert timedelta(days=29.9) < left <= timedelta(days=30)


def test_there_is_a_most_of_live_handles(ada: Caller) -> None:
    now = timezone.now()
    Voice.objects.bulk_create(
        Voice(
            workspace=ada.workspace,
            type=VoiceType.HANDLE,
            state="COMPLETED",
            finished_at=now,
            title="a handle",
            handle=f"vv_{number}",
            expires_at=now + timedelta(days=1),
        )
        for number in range(MAX_LIVE_HANDLES)
    )
    file = BytesIO(recordings.wav(6.0))
    with pytest.raises(TooManyHandlesError):
        make_handle(workspace=ada.workspace, recording=file, info=probe(file), made_for="m")
    expired(Voice.objects.get(handle="vv_7"))
    assert make_handle(workspace=ada.workspace, recording=file, info=probe(file), made_for="m").pk


def test_two_first_uses_at_once_leave_one_prompt_and_one_file(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice, engine = handle(ada), get_engine("espeak")
    make = prompts.make_prompt

    def overtaken(*args: Any) -> Any:
        monkeypatch.setattr(prompts, "make_prompt", make)
        prompts.prompt_for(voice, engine, lambda: None)
        return make(*args)

    monkeypatch.setattr(prompts, "make_prompt", overtaken)
    prompts.prompt_for(voice, engine, lambda: None)
    kept = StoredPrompt.objects.get(voice=voice).file_name
    folder, _, name = kept.rpartition("/")
    files = default_storage.listdir(folder)[1]
    assert [file for file in files if file.endswith("-prompt")] == [name]
