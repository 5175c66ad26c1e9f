"""``voice_conversion`` and ``voice_transfer``: a recording said anew in another voice."""

import pytest

from speech.models import Speech
from tests.runpod.customer import Customer, base64_of, seconds_of, spoken
from tests.support import recordings
from voices.models import StoredPrompt, Voice

CONVERT = {"operation": "voice_conversion"}
TRANSFER = {"operation": "voice_transfer"}


def made(output: dict) -> None:
    """Check and take away what conversions and transfers have in common."""
    assert abs(seconds_of(output.pop("audio")) - output.pop("duration")) < 0.01
    assert isinstance(output.pop("seed"), int)
    model = output.pop("model")
    assert model.startswith("espeak")
    assert output.pop("info").endswith(f"s at 24000 Hz by {model}")
    assert (output.pop("engine"), output.pop("watermarked")) == ("espeak", False)
    assert (output.pop("sample_rate"), output.pop("format")) == (24000, "wav")
    said = output.pop("processing_time")
    speech = Speech.objects.latest("created_at")
    assert said == f"{speech.metrics['generation_seconds']:.2f} seconds"


@pytest.mark.parametrize("target", [{"voice_name": "Catherine"}, {"voice_id": "a563a2ba"}], ids=str)
def test_a_conversion_to_the_library_has_the_documented_output(ada: Customer, target: dict) -> None:
    output = ada.output(**CONVERT, input_audio=spoken(2.4), **target)
    made(output)
    assert output == {
        "operation": "voice_conversion",
        "optimization": "direct_audio_array",
        "target_voice_info": {
            "voice_name": target.get("voice_name", "Amy"),
            "loaded_via": "optimized_embeddings",
        },
        "input_duration": 2.4,
    }
    assert ada.credits() == 10_000 - 3 * 15  # each started second


def test_a_conversion_takes_the_language_of_its_recording(ada: Customer) -> None:
    given = {"input_audio": spoken(1.0), "voice_name": "Amy"}
    assert seconds_of(ada.output(**CONVERT, **given, language="Deutsch")["audio"])
    assert Speech.objects.get().language == "de"
    given["transfer_mode"] = "embedding"
    ada.output(**TRANSFER, **given, language=None)
    assert Speech.objects.latest("created_at").language == ""


def test_a_conversion_to_another_recording_uses_it_once(ada: Customer) -> None:
    output = ada.output(**CONVERT, input_audio=spoken(1.0), target_speaker=spoken(6.0))
    made(output)
    assert output == {
        "operation": "voice_conversion",
        "target_voice_info": {"voice_name": None, "loaded_via": "user_provided_audio"},
        "input_duration": 1.0,
    }
    assert ada.credits() == 10_000 - 15
    assert Speech.objects.get().voice.type == "ONCE"


def test_a_transfer_to_the_library_has_the_documented_output(ada: Customer) -> None:
    output = ada.output(
        **TRANSFER, transfer_mode="embedding", input_audio=spoken(2.0), voice_name="Benjamin"
    )
    made(output)
    assert output == {
        "operation": "voice_transfer",
        "optimization": "direct_audio_array",
        "transfer_info": {
            "transfer_mode": "embedding",
            "target_voice": "Benjamin",
            "source": "voice_library",
            "voice_loading": "optimized_direct_access",
        },
        "input_duration": 2.0,
    }


@pytest.mark.parametrize(("seconds", "used"), [(8.0, 8.0), (14.0, 10.0)])
def test_a_transfer_to_a_recording_uses_ten_seconds_of_it(
    ada: Customer, seconds: float, used: float
) -> None:
    output = ada.output(
        **TRANSFER, transfer_mode="audio", input_audio=spoken(1.0), target_audio=spoken(seconds)
    )
    made(output)
    assert output == {
        "operation": "voice_transfer",
        "transfer_info": {
            "transfer_mode": "audio",
            "target_source": "user_provided_audio",
            "target_duration": used,
        },
        "input_duration": 1.0,
    }
    assert Speech.objects.get().voice.reference_seconds == 10.0


def test_what_was_not_ready_is_not_called_optimised(ada: Customer) -> None:
    voice = Voice.get(ada.caller.own_voice(title="Mine"))
    StoredPrompt.objects.filter(voice=voice).delete()
    output = ada.output(**CONVERT, input_audio=spoken(1.0), voice_id=voice.short_id)
    assert "optimization" not in output
    assert output["target_voice_info"] == {"voice_name": "Mine", "loaded_via": "reference_audio"}
    given = {**TRANSFER, "transfer_mode": "embedding", "input_audio": spoken(1.0)}
    again = ada.output(**given, voice_id=voice.short_id)  # kept at the first use
    assert again["transfer_info"]["voice_loading"] == "optimized_direct_access"


@pytest.mark.parametrize("make", [recordings.mp3, recordings.flac, recordings.webm])
def test_the_input_may_have_any_common_format(ada: Customer, make) -> None:
    ada.submit(**CONVERT, input_audio=base64_of(make(1.0)), voice_name="Amy")


def test_no_watermark_without_the_right_is_no_error(ada: Customer) -> None:
    ada.output(**CONVERT, input_audio=spoken(1.0), voice_name="Amy", no_watermark=True)
    assert Speech.objects.get().no_watermark is False


def test_five_minutes_are_taken(ada: Customer) -> None:
    ada.submit(**CONVERT, input_audio=base64_of(recordings.mp3(300.0)), voice_name="Amy")
    assert ada.credits() == 10_000 - 300 * 15
