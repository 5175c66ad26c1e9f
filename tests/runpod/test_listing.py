"""``list_local_voices``: everybody's voices, then one's own."""

from pathlib import Path

from inference.engines.espeak.system_voices import SYSTEM_VOICES
from tests.runpod.customer import Customer
from tests.support import recordings
from voices.importing import import_recording
from voices.models import StoredPrompt, Voice


def test_the_37_system_voices_come_first_with_their_ids(ada: Customer) -> None:
    output = ada.output(operation="list_local_voices")
    listed = output["local_voices"]
    assert [(voice["speaker_name"], voice["gender"], voice["voice_id"]) for voice in listed] == [
        (voice.name, voice.gender, voice.voice_id) for voice in SYSTEM_VOICES
    ]
    assert {voice["type"] for voice in listed} == {"chattts_embedding"}
    assert listed[0]["voice_id"] == "1fc6c6ab"
    assert listed[0]["original_file"].startswith("Aaron - male, ")
    assert set(listed[0]) == {
        "voice_id", "speaker_name", "gender", "duration", "original_file", "type",
    }  # fmt: skip
    assert output["total_local_voices"] == 37
    assert output["stats"] == {
        "total_voices": 37,
        "gender_distribution": {"male": 21, "female": 16},
        "cache_performance": "37 of 37 voices have a stored prompt",
        "optimization": "direct_audio_arrays",
    }
    assert ada.credits() == 10_000


def test_own_voices_follow_and_nobody_elses(ada: Customer, grace: Customer) -> None:
    grace.caller.own_voice(title="Grace's")
    voice = Voice.get(ada.caller.own_voice(title="Mine", description="Low."))
    output = ada.output(operation="list_local_voices")
    assert output["local_voices"][37:] == [
        {
            "voice_id": voice.short_id,
            "speaker_name": "Mine",
            "gender": None,
            "duration": 2.0,
            "original_file": "Mine - low.wav",
            "type": "user_cloned_voice",
        }
    ]
    assert output["stats"]["gender_distribution"] == {"male": 21, "female": 16, "unknown": 1}
    assert output["stats"]["total_voices"] == output["total_local_voices"] == 38


def test_a_voice_without_a_prompt_is_not_called_ready(ada: Customer) -> None:
    voice_id = ada.caller.own_voice()
    StoredPrompt.objects.filter(voice=voice_id).delete()
    stats = ada.output(operation="list_local_voices")["stats"]
    assert stats["cache_performance"] == "37 of 38 voices have a stored prompt"
    assert "optimization" not in stats


def test_an_imported_recording_is_listed_under_its_name(ada: Customer, tmp_path: Path) -> None:
    name = "Amy - female, friendly customer service representative.wav"
    (tmp_path / name).write_bytes(recordings.wav(6.0))
    import_recording(tmp_path / name)
    output = ada.output(operation="list_local_voices")
    (amy,) = (voice for voice in output["local_voices"] if voice["speaker_name"] == "Amy")
    assert (amy["voice_id"], amy["original_file"], amy["duration"]) == ("a563a2ba", name, 6.0)
    assert output["stats"]["cache_performance"] == "36 of 37 voices have a stored prompt"


def test_a_voice_that_is_still_made_is_not_listed(ada: Customer) -> None:
    ada.caller.clone()
    assert ada.status(ada.submit(operation="list_local_voices"))["output"][
        "total_local_voices"
    ] == 37  # fmt: skip
