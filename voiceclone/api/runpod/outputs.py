"""What came of each operation, in the documented shapes. All figures are measured.

The audio itself is left out: ``AUDIO_FIELDS`` says where it belongs.
"""

from typing import Any

from inference.engines.base import OUTPUT_RATE
from inference.jobs.model import JobState
from speech.models import Call, Speech
from voiceclone.api.runpod.inputs import AUDIO, BASIC, STREAMING_CLONING
from voices.models import Voice

AUDIO_FIELDS = {
    "tts": "audio",
    "voice_cloning": "sample_audio",
    "voice_conversion": "audio",
    "voice_transfer": "audio",
}
"""The field that holds the base64 of an operation's audio."""

DIRECT = "direct_audio_array"
"""What is said where a prompt of the library was there already."""

_STREAMED = ("chunk_size", "exaggeration", "cfg_weight", "temperature")


def output_of(call: Call) -> dict[str, Any]:
    """Return the output of a completed call, without its audio."""
    job = call.job
    if isinstance(job, Voice):
        return _cloning(call, job)
    if isinstance(job, Speech):
        return _OUTPUTS[call.operation](call, job)
    known: Any = call.result
    return dict(known)


def audio_name(call: Call) -> str:
    """Return the name of the stored file with a completed call's audio; "" without one."""
    job = call.job
    if isinstance(job, Voice):
        return job.sample_name
    return job.audio_name if isinstance(job, Speech) and job.state == JobState.COMPLETED else ""


def _tts(call: Call, speech: Speech) -> dict[str, Any]:
    asked = call.asked
    parameters = {name: asked[name] for name in _STREAMED if name in asked}
    parameters |= {name: asked[name] for name in ("voice_cloning", "voice_id", "voice_name")}
    if _was_direct(call, speech):
        parameters["optimization"] = DIRECT
    output = {
        "audio": None,
        "sample_rate": speech.sample_rate,
        "duration": _seconds(speech.duration),
        "text": speech.text,
        "language": speech.language,
        "mode": asked["mode"],
        "parameters": parameters,
        **_made_by(speech),
    }
    if asked["mode"] != BASIC and asked["print_metrics"]:
        output["streaming_metrics"] = streaming_metrics(speech)
    return output


def streaming_metrics(speech: Speech) -> dict[str, Any]:
    """Return what was measured while a speech was made."""
    measured = speech.metrics or {}
    seconds = measured["generation_seconds"]
    return {
        "total_chunks": len(measured["chunks"]),
        "first_chunk_latency": round(measured["first_chunk_seconds"], 3),
        "total_generation_time": round(seconds, 3),
        "audio_duration": _seconds(speech.duration),
        "rtf": _ratio(seconds, speech.duration or 0.0),
        "chunk_details": [
            {
                "chunk_count": number,
                "rtf": _ratio(chunk["seconds"], chunk["samples"] / OUTPUT_RATE),
                "chunk_shape": [1, chunk["samples"]],
            }
            for number, chunk in enumerate(measured["chunks"], 1)
        ],
    }


def _cloning(call: Call, voice: Voice) -> dict[str, Any]:
    name, kept = voice.title, bool(call.asked["save_to_library"])
    return {
        "success": True,
        "voice_info": {
            "voice_name": name,
            "voice_id": voice.short_id,
            "description": voice.description,
            "duration": _seconds(voice.duration),
            "sample_rate": voice.reference_rate,
            "created_at": voice.created_at.strftime("%Y-%m-%d %H:%M:%S"),
            "type": "user_cloned_voice",
        },
        "sample_audio": None,
        "sample_rate": OUTPUT_RATE,
        "saved_to_library": kept,
        "operation": call.operation,
        "message": f"Voice '{name}' cloned successfully",
        "usage_instructions": _usage(name) if kept else {},
        "engine": voice.engine,
        "model": voice.model,
    }


def _usage(name: str) -> dict[str, Any]:
    spoken = {"operation": "tts", "text": "Your text here", "voice_name": name}
    return {
        "tts_basic": {**spoken, "mode": BASIC},
        "tts_streaming": {**spoken, "mode": STREAMING_CLONING, "chunk_size": 25},
    }


def _converted(call: Call, speech: Speech) -> dict[str, Any]:
    output = {
        "audio": None,
        "sample_rate": speech.sample_rate,
        "duration": _seconds(speech.duration),
        "format": speech.format,
        "operation": call.operation,
        **_made_by(speech),
    }
    if _was_direct(call, speech):
        output["optimization"] = DIRECT
    return output


def _conversion(call: Call, speech: Speech) -> dict[str, Any]:
    name = call.asked["voice_name"]
    if name is None:
        how = "user_provided_audio"
    else:
        how = "optimized_embeddings" if _was_direct(call, speech) else "reference_audio"
    return {
        **_converted(call, speech),
        "target_voice_info": {"voice_name": name, "loaded_via": how},
        **_timed(speech),
    }


def _transfer(call: Call, speech: Speech) -> dict[str, Any]:
    mode = call.asked["transfer_mode"]
    info: dict[str, Any] = {"transfer_mode": mode}
    if mode == AUDIO:
        info["target_source"] = "user_provided_audio"
        info["target_duration"] = call.asked["target_duration"]
    else:
        info["target_voice"] = call.asked["voice_name"]
        info["source"] = "voice_library"
        if _was_direct(call, speech):
            info["voice_loading"] = "optimized_direct_access"
    return {**_converted(call, speech), "transfer_info": info, **_timed(speech)}


def _timed(speech: Speech) -> dict[str, Any]:
    measured = speech.metrics or {}
    return {
        "input_duration": _seconds(speech.input_seconds),
        "processing_time": f"{measured['generation_seconds']:.2f} seconds",
    }


def _made_by(speech: Speech) -> dict[str, Any]:
    return {
        "engine": speech.engine,
        "model": speech.model,
        "seed": speech.seed,
        "watermarked": bool(speech.watermarked),
        "info": f"{_seconds(speech.duration)} s at {speech.sample_rate} Hz by {speech.model}",
    }


def _was_direct(call: Call, speech: Speech) -> bool:
    measured = speech.metrics or {}
    return call.asked["voice_id"] is not None and bool(measured["prompt_was_stored"])


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _ratio(seconds: float, of: float) -> float:
    return round(seconds / of, 3) if of else 0.0


_OUTPUTS = {"tts": _tts, "voice_conversion": _conversion, "voice_transfer": _transfer}
