"""``tts``: its parameters, defaults, outputs and price."""

import io

import pytest

from inference.audio.decode import probe
from inference.engines.espeak.system_voices import SYSTEM_VOICES
from speech.models import Call, Speech
from tests.runpod.customer import Customer, base64_of, opened, seconds_of, spoken
from tests.support import recordings
from voices.models import Voice
from voices.passing import make_handle

TEXT = "The tide comes in at noon."


def spoken_by(job_id: str) -> Speech:
    found = Call.objects.get(pk=job_id).speech
    assert found is not None
    return found


def test_basic_speech_has_the_documented_output(ada: Customer) -> None:
    output = ada.output(operation="tts", mode="basic", text=TEXT, voice_name="Amy")
    assert seconds_of(output.pop("audio")) == pytest.approx(output.pop("duration"), abs=0.01)
    seed = output.pop("seed")
    assert isinstance(seed, int)
    assert output.pop("info").endswith(f"s at 24000 Hz by {output['model']}")
    assert output == {
        "sample_rate": 24000,
        "text": TEXT,
        "language": "en-us",
        "mode": "basic",
        "parameters": {
            "voice_cloning": True,
            "voice_id": "a563a2ba",
            "voice_name": "Amy",
            "optimization": "direct_audio_array",
        },
        "engine": "espeak",
        "model": output["model"],
        "watermarked": False,
    }
    assert output["model"].startswith("espeak")


def test_a_speech_costs_a_credit_per_byte(ada: Customer) -> None:
    ada.output(operation="tts", text="Zoë")
    assert ada.credits() == 10_000 - 4


def test_without_mode_and_voice_it_is_basic_and_the_default_voice(ada: Customer) -> None:
    job_id = ada.submit(operation="tts", text=TEXT)
    assert spoken_by(job_id).voice.title == "Aaron"
    output = ada.output(operation="tts", text=TEXT)
    assert output["mode"] == "basic"
    assert output["parameters"] == {"voice_cloning": False, "voice_id": None, "voice_name": None}
    assert "streaming_metrics" not in output


@pytest.mark.parametrize(
    ("mode", "defaults"),
    [
        ("basic", (None, 0.5, 0.5, 0.8)),
        ("streaming", (50, 0.5, 0.5, 0.8)),
        ("streaming_voice_cloning", (25, 0.7, 0.3, 0.8)),
    ],
)
def test_the_defaults_are_those_of_the_mode(ada: Customer, mode: str, defaults: tuple) -> None:
    speech = spoken_by(ada.submit(operation="tts", mode=mode, text=TEXT))
    made_with = (speech.piece_words, speech.exaggeration, speech.cfg_weight, speech.temperature)
    assert made_with == defaults
    assert (speech.format, speech.sample_rate, speech.normalization) == ("wav", 24000, "")
    assert speech.live is (mode != "basic")
    assert speech.no_watermark is False


def test_streaming_parameters_reach_the_engine_and_are_repeated(ada: Customer) -> None:
    asked = {"chunk_size": 7, "exaggeration": 0.1, "cfg_weight": 0.9, "temperature": 1.5}
    given = {"operation": "tts", "mode": "streaming", "text": TEXT, **asked}
    speech = spoken_by(ada.submit(**given))
    assert speech.piece_words == 7
    assert (speech.exaggeration, speech.cfg_weight, speech.temperature) == (0.1, 0.9, 1.5)
    parameters = ada.output(**given)["parameters"]
    assert {name: parameters[name] for name in asked} == asked


@pytest.mark.parametrize(
    "given",
    [
        {"chunk_size": 1, "exaggeration": 0, "cfg_weight": 0, "temperature": 0.1},
        {"chunk_size": 100, "exaggeration": 1, "cfg_weight": 1, "temperature": 2},
        {"sample_rate": 8000, "max_reference_duration_sec": 5},
        {"sample_rate": 48_000, "max_reference_duration_sec": 60},
        {"text": "x" * 5000},
    ],
    ids=str,
)
def test_bounds_belong_to_what_is_taken(ada: Customer, given: dict) -> None:
    asked = {"operation": "tts", "mode": "streaming", "text": TEXT, **given}
    assert spoken_by(ada.submit(**asked)).cost == len(asked["text"])


def test_streaming_metrics_are_those_of_the_audio(ada: Customer) -> None:
    text = "One two three four. " * 4
    output = ada.output(operation="tts", mode="streaming", text=text, chunk_size=4)
    metrics = output["streaming_metrics"]
    assert set(metrics) == {
        "total_chunks", "first_chunk_latency", "total_generation_time", "audio_duration",
        "rtf", "chunk_details",
    }  # fmt: skip
    details = metrics["chunk_details"]
    assert metrics["total_chunks"] == len(details) == 4
    assert [chunk["chunk_count"] for chunk in details] == [1, 2, 3, 4]
    assert {chunk["chunk_shape"][0] for chunk in details} == {1}
    samples = sum(chunk["chunk_shape"][1] for chunk in details)
    assert opened(output["audio"]).getnframes() == samples
    assert metrics["audio_duration"] == pytest.approx(samples / 24_000, abs=0.01)
    seconds = metrics["total_generation_time"]
    assert 0 < metrics["first_chunk_latency"] <= seconds
    assert metrics["rtf"] == pytest.approx(seconds / metrics["audio_duration"], abs=0.002)


def test_metrics_can_be_left_out(ada: Customer) -> None:
    output = ada.output(operation="tts", mode="streaming", text=TEXT, print_metrics=False)
    assert "streaming_metrics" not in output


@pytest.mark.parametrize("mode", ["basic", "streaming"])
@pytest.mark.parametrize("rate", [8000, 16000, 22050, 44100, 48000])
def test_the_sample_rate_is_the_one_asked_for(ada: Customer, mode: str, rate: int) -> None:
    output = ada.output(operation="tts", mode=mode, text="Good day.", sample_rate=rate)
    assert opened(output["audio"]).getframerate() == output["sample_rate"] == rate


@pytest.mark.parametrize("mode", ["basic", "streaming"])
def test_normalisation_sets_the_level_of_the_whole(ada: Customer, mode: str) -> None:
    given = {"operation": "tts", "mode": mode, "text": TEXT}
    peaks = {
        kind: _peak(ada.output(**given, audio_normalization=kind)["audio"])
        for kind in (None, "peak", "rms")
    }
    assert peaks["peak"] >= 32_760
    assert peaks[None] != peaks["peak"]
    assert peaks["rms"] not in (peaks[None], peaks["peak"])


def _peak(audio: str) -> int:
    file = opened(audio)
    frames = memoryview(file.readframes(file.getnframes())).cast("h")
    return max(abs(sample) for sample in frames)


@pytest.mark.parametrize("voice", [voice.name for voice in SYSTEM_VOICES[::9]])
def test_a_system_voice_is_named_by_name_or_id(ada: Customer, voice: str) -> None:
    short = next(known.voice_id for known in SYSTEM_VOICES if known.name == voice)
    for given in ({"voice_name": voice}, {"voice_id": short}, {"voice_id": short.upper()}):
        assert spoken_by(ada.submit(operation="tts", text="Hi", **given)).voice.title == voice


def test_an_own_voice_is_found_by_name_title_ids_and_handle(ada: Customer) -> None:
    voice = Voice.get(ada.caller.own_voice(title="Harbour master"))
    Voice.objects.filter(pk=voice.pk).update(name="Harbour")
    for given in (
        {"voice_name": "Harbour"},
        {"voice_name": "Harbour master"},
        {"voice_id": voice.short_id},
        {"voice_id": voice.pk},
    ):
        assert spoken_by(ada.submit(operation="tts", text="Hi", **given)).voice == voice
    file = io.BytesIO(recordings.wav(6.0))
    handle = make_handle(
        workspace=ada.caller.workspace, recording=file, info=probe(file), made_for="x"
    )
    assert spoken_by(ada.submit(operation="tts", text="Hi", voice_id=handle.handle)).voice == handle


def test_of_two_voices_with_a_title_the_newest_is_meant_and_a_system_voice_first(
    ada: Customer,
) -> None:
    for title in ("Twin", "Twin", "Amy"):
        newest = ada.caller.clone(title=title).json()["voiceId"]
        if title == "Twin":
            expected = newest
    speech = spoken_by(ada.submit(operation="tts", text="Hi", voice_name="Twin"))
    assert speech.voice_id == expected
    speech = spoken_by(ada.submit(operation="tts", text="Hi", voice_name="Amy"))
    assert speech.voice.type == "SYSTEM"


def test_a_reference_speaks_once_and_costs_the_text_alone(ada: Customer) -> None:
    output = ada.output(
        operation="tts",
        text=TEXT,
        reference_audio=spoken(),
        max_reference_duration_sec=5,
    )
    assert output["parameters"] == {"voice_cloning": True, "voice_id": None, "voice_name": None}
    assert ada.credits() == 10_000 - len(TEXT)
    speech = Speech.objects.get()
    assert (speech.voice.type, speech.voice.reference_seconds) == ("ONCE", 5)


@pytest.mark.parametrize("make", [recordings.mp3, recordings.flac, recordings.webm])
def test_a_reference_may_have_any_common_format(ada: Customer, make) -> None:
    ada.submit(operation="tts", text="Hi", reference_audio=base64_of(make(6.0)))


def test_no_watermark_without_the_right_is_no_error(ada: Customer) -> None:
    assert "watermarked" in ada.output(operation="tts", text="Hi", no_watermark=True)
    assert Speech.objects.get().no_watermark is False
