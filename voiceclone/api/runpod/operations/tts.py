from typing import Any

from inference.audio.encode import supports
from speech.calls import recorder
from speech.models import SpeechFormat
from speech.operations import SpeechRequest, submit_speech
from voiceclone.api.runpod.errors import InputProblemError
from voiceclone.api.runpod.inputs import (
    BASIC,
    MODES,
    STREAMING,
    STREAMING_CLONING,
    BasicInput,
    StreamingCloningInput,
    StreamingInput,
)
from voiceclone.api.runpod.operations.asking import Asking, about, shown
from voiceclone.api.runpod.recordings import reference
from voices.models import Voice
from voices.passing import voice_for_once
from voices.system import system_voice_id

DEFAULT_VOICE = "Aaron"
"""The system voice that speaks where none is asked for."""

_INPUTS: dict[str, type[BasicInput]] = {
    BASIC: BasicInput,
    STREAMING: StreamingInput,
    STREAMING_CLONING: StreamingCloningInput,
}
_STREAMED = ("chunk_size", "exaggeration", "cfg_weight", "temperature")


def tts(asking: Asking) -> None:
    """Have a text spoken."""
    mode = asking.given.get("mode")
    mode = BASIC if mode is None else mode
    if mode not in MODES:
        raise InputProblemError(
            f"Unknown mode: {shown(str(mode))}. Must be one of {', '.join(MODES)}."
        )
    said = asking.read(_INPUTS[mode])
    if "reference_audio" in said and ("voice_name" in said or "voice_id" in said):
        raise InputProblemError("Provide reference_audio or a voice of the library, not both")
    if not supports(SpeechFormat.WAV, said["sample_rate"]):
        raise InputProblemError(f"sample_rate: {said['sample_rate']} Hz is not supported")
    library_voice = asking.library_voice(said)
    asking.call.asked |= {
        "mode": mode,
        "voice_cloning": library_voice is not None or "reference_audio" in said,
        **about(library_voice),
        **{name: said[name] for name in (*_STREAMED, "print_metrics") if name in said},
    }
    spoken = {name: said[name] for name in _STREAMED[1:] if name in said}
    submit_speech(
        workspace=asking.workspace,
        voice=library_voice or _other_voice(asking, said),
        wanted=SpeechRequest(
            text=said["text"],
            format=SpeechFormat.WAV,
            language=said.get("language", ""),
            sample_rate=said["sample_rate"],
            normalization=said.get("audio_normalization", ""),
            piece_words=said.get("chunk_size"),
            live=mode != BASIC,
            no_watermark=said["no_watermark"],
            limits=asking.limits,
            **spoken,
        ),
        request_id=asking.request_id,
        actor=asking.actor,
        once=asking.once,
        also=recorder(asking.call),
    )


def _other_voice(asking: Asking, said: dict[str, Any]) -> Voice:
    if "reference_audio" not in said:
        return Voice.get(system_voice_id(DEFAULT_VOICE))
    recording = reference(asking.workspace, said["reference_audio"], "reference_audio")
    return voice_for_once(
        workspace=asking.workspace,
        recording=recording.file,
        info=recording.info,
        seconds=said["max_reference_duration_sec"],
        request_id=asking.request_id,
    )
