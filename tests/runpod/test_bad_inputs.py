"""A wrong ``input`` ends its job, with the documented text and free of charge."""

import pytest
from django.core.files.storage import default_storage

from speech.models import Call, Speech
from tests.runpod.customer import Customer, base64_of, spoken
from tests.support import recordings
from voices.models import Voice

TTS = {"operation": "tts", "text": "Hi"}
STREAMING = {**TTS, "mode": "streaming"}
CLONE = {"operation": "voice_cloning", "voice_name": "Mine"}
CONVERSION = {"operation": "voice_conversion"}
TRANSFER = {"operation": "voice_transfer"}
EXACTLY_ONE = "You must provide exactly one of: voice_name, voice_id, or target_speaker"


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"operation": "invalid_op"}, "Unknown operation: invalid_op"),
        ({}, "Unknown operation: None"),
        ({"operation": 7}, "Unknown operation: 7"),
        ({"operation": "x" * 500}, "Unknown operation: " + "x" * 150 + "…"),
        ({"operation": "a\0\ud800b"}, "Unknown operation: a?b"),
        ({**TTS, "mode": "\ud800"}, "Unknown mode: ?"),
        ({**TTS, "text": "a\0b"}, "Null characters are not allowed."),
        ({**TTS, "text": "a\ud800b"}, "text"),
        ({**TTS, "voice_name": "\ud800"}, "voice_name"),
        ({**TTS, "voice_id": "\0"}, "voice_id"),
        ({**TTS, "reference_audio": "\ud800"}, "Incorrect padding"),
        ({**TTS, "voice_name": "InvalidName"}, "Voice 'InvalidName' not found in any library"),
        ({**TTS, "voice_id": "00000000"}, "Voice '00000000' not found in any library"),
        ({**TTS, "voice_name": ""}, "Voice '' not found in any library"),
        ({"operation": "tts"}, "text: This field is required."),
        ({**TTS, "text": ""}, "Text cannot be empty"),
        ({**TTS, "text": " \n\t "}, "Text cannot be empty"),
        ({**TTS, "text": "x" * 5001}, "Text is too long: at most 5000 characters"),
        ({**TTS, "text": 5}, "text: Not a valid string."),
        (
            {**TTS, "mode": "loud"},
            "Unknown mode: loud. Must be one of basic, streaming, streaming_voice_cloning.",
        ),
        ({**TTS, "sample_rate": 7999}, "sample_rate"),
        ({**TTS, "sample_rate": 48001}, "sample_rate"),
        ({**TTS, "sample_rate": "24000"}, "sample_rate: A valid integer is required."),
        ({**TTS, "audio_normalization": "loud"}, "Must be one of peak, rms."),
        ({**STREAMING, "chunk_size": 0}, "chunk_size"),
        ({**STREAMING, "chunk_size": 101}, "chunk_size"),
        ({**STREAMING, "exaggeration": 1.01}, "exaggeration"),
        ({**STREAMING, "exaggeration": -0.01}, "exaggeration"),
        ({**STREAMING, "cfg_weight": 1.01}, "cfg_weight"),
        ({**STREAMING, "temperature": 0.05}, "temperature"),
        ({**STREAMING, "temperature": 2.01}, "temperature"),
        ({**STREAMING, "print_metrics": "yes"}, "print_metrics"),
        ({**TTS, "max_reference_duration_sec": 4}, "max_reference_duration_sec"),
        ({**TTS, "max_reference_duration_sec": 61}, "max_reference_duration_sec"),
        ({**TTS, "voice_name": "Aaron", "voice_id": "a563a2ba"}, "different voices"),
        ({**TTS, "voice_name": "Amy", "voice_id": "00000000"}, "Voice '00000000' not found"),
        ({**TTS, "voice_name": "Amy", "reference_audio": "AAAA"}, "not both"),
        ({**TTS, "reference_audio": "abc"}, "Incorrect padding"),
        ({**TTS, "reference_audio": "ab!d"}, "Incorrect padding"),
        ({**TTS, "reference_audio": ""}, "The audio is empty."),
        ({**TTS, "reference_audio": 5}, "reference_audio: Must be a string of base64."),
        ({**TTS, "reference_audio": "AAAA"}, "reference_audio"),
        (CLONE, "reference_audio: This field is required."),
        ({**CLONE, "reference_audio": "abc"}, "Incorrect padding"),
        ({"operation": "voice_cloning", "reference_audio": "AAAA"}, "voice_name"),
        ({**CLONE, "reference_audio": "AAAA", "voice_name": ""}, "voice_name"),
        ({**CLONE, "reference_audio": "AAAA", "voice_name": "x" * 101}, "voice_name"),
        ({**CLONE, "reference_audio": "AAAA", "voice_description": "x" * 501}, "500"),
        ({**CLONE, "reference_audio": "AAAA", "save_to_library": "no"}, "save_to_library"),
        ({**CONVERSION, "voice_name": "Amy"}, "input_audio: This field is required."),
        ({**CONVERSION, "input_audio": "AAAA"}, EXACTLY_ONE),
        ({**CONVERSION, "input_audio": "abc", "voice_name": "Amy"}, "Incorrect padding"),
        (
            {**CONVERSION, "input_audio": "AAAA", "voice_name": "Aaron", "voice_id": "a563a2ba"},
            "different voices",
        ),
        (
            {**CONVERSION, "input_audio": "AAAA", "voice_name": "Amy", "target_speaker": "AAAA"},
            EXACTLY_ONE,
        ),
        (
            {**CONVERSION, "input_audio": "AAAA", "voice_name": "Nobody"},
            "Voice 'Nobody' not found in any library",
        ),
        ({**TRANSFER, "input_audio": "AAAA"}, "transfer_mode: This field is required."),
        (
            {**TRANSFER, "input_audio": "AAAA", "transfer_mode": "both"},
            "Must be one of embedding, audio.",
        ),
        ({**TRANSFER, "transfer_mode": "embedding", "voice_name": "Amy"}, "input_audio"),
        ({**TRANSFER, "transfer_mode": "embedding", "input_audio": "AAAA"}, "voice_name or"),
        ({**TRANSFER, "transfer_mode": "audio", "input_audio": "AAAA"}, "target_audio"),
        (
            {**TRANSFER, "transfer_mode": "audio", "input_audio": "AAAA", "voice_name": "Amy"},
            "target_audio",
        ),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_it_fails_and_says_why(ada: Customer, given: dict, says: str) -> None:
    assert says in ada.complaint(**given)
    assert not Speech.objects.exists()
    assert not Voice.objects.exclude(type="SYSTEM").exists()


@pytest.mark.parametrize(
    ("field", "seconds", "given"),
    [
        ("reference_audio", 0.9, TTS),
        ("reference_audio", 0.9, CLONE),
        ("target_speaker", 0.9, CONVERSION),
        ("target_audio", 0.9, {**TRANSFER, "transfer_mode": "audio"}),
        ("input_audio", 300.2, {**CONVERSION, "voice_name": "Amy"}),
    ],
)
def test_a_recording_is_neither_too_short_nor_too_long(
    ada: Customer, field: str, seconds: float, given: dict
) -> None:
    if given.get("operation") in ("voice_conversion", "voice_transfer"):
        given = {"input_audio": spoken(1.0), **given}
    recording = recordings.mp3(seconds) if seconds > 100 else recordings.wav(seconds)
    says = ada.complaint(**{**given, field: base64_of(recording)})
    assert ("at least" if seconds < 1 else "at most") in says
    assert says.endswith(f"({field})")


@pytest.mark.parametrize(
    ("field", "given"),
    [
        ("reference_audio", TTS),
        ("reference_audio", CLONE),
        ("target_speaker", CONVERSION),
        ("target_audio", {**TRANSFER, "transfer_mode": "audio"}),
        ("input_audio", {**CONVERSION, "voice_name": "Amy"}),
    ],
)
def test_a_silent_recording_is_refused_and_costs_nothing(
    ada: Customer, field: str, given: dict
) -> None:
    if field.startswith("target"):
        given = {"input_audio": spoken(1.0), **given}
    says = ada.complaint(**{**given, field: base64_of(recordings.silence(6.0))})
    assert says == f"The recording is silent. ({field})"
    assert ada.caller.credits() == 10_000
    assert not Voice.objects.exclude(type="SYSTEM").exists()


@pytest.mark.parametrize("seconds", [1.0, 3.0, 70.0, 240.0])
@pytest.mark.parametrize("given", [TTS, CLONE], ids=["tts", "clone"])
def test_a_recording_shorter_or_longer_than_recommended_is_taken(
    ada: Customer, seconds: float, given: dict
) -> None:
    assert ada.output(**given, reference_audio=base64_of(recordings.mp3(seconds)))


@pytest.mark.parametrize(
    ("given", "field", "megabytes"),
    [(TTS, "reference_audio", 20), ({**CONVERSION, "voice_name": "Amy"}, "input_audio", 10)],
)
def test_a_recording_has_a_largest_size(
    ada: Customer, given: dict, field: str, megabytes: int
) -> None:
    large = base64_of(b"\0" * (megabytes * 1024 * 1024 + 1))
    assert "bytes are allowed" in ada.complaint(**given, **{field: large})


def test_a_voice_may_be_named_by_its_name_and_its_id_at_once(ada: Customer) -> None:
    both = {"voice_name": "Amy", "voice_id": "a563a2ba"}
    assert ada.output(**TTS, **both)["parameters"]["voice_name"] == "Amy"
    audio = spoken(1.0)
    converted = ada.output(**CONVERSION, input_audio=audio, **both)
    assert converted["target_voice_info"]["voice_name"] == "Amy"
    moved = ada.output(**TRANSFER, transfer_mode="embedding", input_audio=audio, **both)
    assert moved["transfer_info"]["target_voice"] == "Amy"


def test_a_null_counts_as_left_out(ada: Customer) -> None:
    ada.submit(
        operation="tts", mode=None, text="Hi", voice_name=None, voice_id=None,
        reference_audio=None, audio_normalization=None, sample_rate=None,
    )  # fmt: skip
    assert Speech.objects.get().sample_rate == 24_000


def test_a_refused_job_stores_nothing(ada: Customer) -> None:
    ada.complaint(operation="tts", text="", reference_audio=spoken())
    ada.complaint(operation="voice_cloning", voice_name="Amy", reference_audio=spoken())
    assert not default_storage.exists(f"voices/{ada.caller.workspace.pk}")


def test_a_failed_job_is_kept_half_an_hour_as_any(ada: Customer) -> None:
    ada.complaint(operation="nothing")
    call = Call.objects.get()
    assert call.expires_at is not None
    assert (call.expires_at - call.created_at).total_seconds() == pytest.approx(1800, abs=5)
