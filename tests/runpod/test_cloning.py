"""``voice_cloning``: a new voice of a recording, with a sample."""

import re

from inference.audio.encode import wav_header
from speech.models import Call
from tests.runpod.customer import Customer, base64_of, opened, spoken
from tests.support import recordings
from tests.support.callers import run_jobs
from voiceclone.api.runpod.operations.cloning import SAMPLE_TEXT
from voices.models import Voice

NAME = "MyCustomVoice"


def test_a_clone_has_the_documented_output_and_can_speak_at_once(ada: Customer) -> None:
    output = ada.output(
        operation="voice_cloning",
        reference_audio=base64_of(recordings.mp3(6.0)),
        voice_name=NAME,
        voice_description="My personal voice for TTS",
        save_to_library=True,
    )
    assert ada.credits() == 10_000 - 1000
    assert opened(output.pop("sample_audio")).getnframes() > 24_000
    info = output.pop("voice_info")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", info.pop("created_at"))
    voice = Voice.objects.get(name=NAME)
    assert abs(info.pop("duration") - 6.0) < 0.1
    assert info == {
        "voice_name": NAME,
        "voice_id": voice.short_id,
        "description": "My personal voice for TTS",
        "sample_rate": 24_000,
        "type": "user_cloned_voice",
    }
    assert output == {
        "success": True,
        "sample_rate": 24000,
        "saved_to_library": True,
        "operation": "voice_cloning",
        "message": "Voice 'MyCustomVoice' cloned successfully",
        "usage_instructions": {
            "tts_basic": {
                "operation": "tts",
                "mode": "basic",
                "text": "Your text here",
                "voice_name": NAME,
            },
            "tts_streaming": {
                "operation": "tts",
                "mode": "streaming_voice_cloning",
                "text": "Your text here",
                "voice_name": NAME,
                "chunk_size": 25,
            },
        },
        "engine": "espeak",
        "model": voice.model,
    }
    for instructions in output["usage_instructions"].values():
        said = ada.output(**instructions)
        assert said["parameters"]["voice_id"] == voice.short_id
        assert said["parameters"]["optimization"] == "direct_audio_array"


def test_a_clone_that_is_not_saved_costs_its_sample_and_cannot_be_named(ada: Customer) -> None:
    output = ada.output(
        operation="voice_cloning",
        reference_audio=spoken(),
        voice_name=NAME,
        save_to_library=False,
    )
    assert ada.credits() == 10_000 - len(SAMPLE_TEXT)
    assert output["saved_to_library"] is False
    assert output["usage_instructions"] == {}
    assert output["voice_info"]["voice_name"] == NAME
    assert opened(output["sample_audio"]).getnframes() > 24_000
    assert "not found" in ada.complaint(operation="tts", text="Hi", voice_name=NAME)
    listed = ada.output(operation="list_local_voices")
    assert listed["total_local_voices"] == 37


def test_a_name_is_had_once_and_those_of_system_voices_never(ada: Customer) -> None:
    given = {"operation": "voice_cloning", "reference_audio": spoken()}
    ada.submit(**given, voice_name=NAME)
    taken = f"Voice '{NAME}' already exists; voice_name must be unique"
    assert ada.complaint(**given, voice_name=NAME) == taken
    for reserved in ("Amy", "amy"):
        assert "already exists" in ada.complaint(**given, voice_name=reserved)


def test_another_workspace_may_have_the_same_name(ada: Customer, grace: Customer) -> None:
    given = {"operation": "voice_cloning", "reference_audio": spoken(), "voice_name": NAME}
    for customer in (ada, grace):
        customer.submit(**given)
    assert Voice.objects.filter(name=NAME).count() == 2


def test_a_failed_clone_leaves_its_name_to_the_next(ada: Customer) -> None:
    humming = base64_of(wav_header(24_000, 288_000) + bytes(range(256)) * 1125)
    said = ada.done(operation="voice_cloning", reference_audio=humming, voice_name=NAME)
    assert said["status"] == "FAILED"
    assert Voice.objects.get(name=NAME).state == "FAILED"
    assert ada.credits() == 10_000
    ada.submit(operation="voice_cloning", reference_audio=spoken(), voice_name=NAME)
    assert Voice.objects.get(name=NAME).state == "QUEUED"


def test_a_clone_cancelled_in_the_queue_costs_nothing(ada: Customer) -> None:
    given = {"operation": "voice_cloning", "reference_audio": spoken(), "voice_name": NAME}
    job_id = ada.submit(**given)
    assert ada.post(f"cancel/{job_id}").json() == {"id": job_id, "status": "CANCELLED"}
    assert ada.credits() == 10_000
    run_jobs()
    assert ada.status(job_id)["status"] == "CANCELLED"
    assert Call.objects.get(pk=job_id).voice is not None
