from typing import Any

from speech.calls import recorder
from speech.models import SpeechFormat
from speech.operations import ConversionRequest, submit_conversion
from voiceclone.api.runpod.errors import InputProblemError
from voiceclone.api.runpod.inputs import AUDIO, ConversionInput, TransferInput
from voiceclone.api.runpod.operations.asking import Asking, about
from voiceclone.api.runpod.recordings import (
    MAX_CONVERSION_BYTES,
    TRIMMED_SECONDS,
    Recording,
    reference,
    to_convert,
)
from voices.models import Voice
from voices.models.voice import REFERENCE_SECONDS
from voices.passing import voice_for_once


def voice_conversion(asking: Asking) -> None:
    """Have a recording said anew in the voice of the library or of another recording."""
    said = asking.read(ConversionInput)
    if _names_a_voice(said) == ("target_speaker" in said):
        raise InputProblemError(
            "You must provide exactly one of: voice_name, voice_id, or target_speaker"
        )
    library_voice = asking.library_voice(said)
    recording = to_convert(asking.workspace, said["input_audio"], "input_audio")
    asking.call.asked |= about(library_voice)
    if library_voice is None:
        target = reference(asking.workspace, said["target_speaker"], "target_speaker")
        _submit(asking, said, recording, _once(asking, target, REFERENCE_SECONDS))
    else:
        _submit(asking, said, recording, library_voice)


def voice_transfer(asking: Asking) -> None:
    """Do the same, with the way to name the target said beside it."""
    said = asking.read(TransferInput)
    by_audio = said["transfer_mode"] == AUDIO
    if _names_a_voice(said) == by_audio or ("target_audio" in said) != by_audio:
        raise InputProblemError(
            "You must provide target_audio, and neither voice_name nor voice_id, for audio mode"
            if by_audio
            else "You must provide voice_name or voice_id, and no target_audio, for embedding mode"
        )
    library_voice = asking.library_voice(said)
    recording = to_convert(asking.workspace, said["input_audio"], "input_audio")
    asking.call.asked |= {"transfer_mode": said["transfer_mode"], **about(library_voice)}
    if library_voice is None:
        target = reference(
            asking.workspace,
            said["target_audio"],
            "target_audio",
            most_bytes=MAX_CONVERSION_BYTES,
        )
        used = min(target.info.duration, TRIMMED_SECONDS)
        asking.call.asked |= {"target_duration": round(used, 3)}
        _submit(asking, said, recording, _once(asking, target, TRIMMED_SECONDS))
    else:
        _submit(asking, said, recording, library_voice)


def _names_a_voice(said: dict[str, Any]) -> bool:
    return "voice_name" in said or "voice_id" in said


def _once(asking: Asking, target: Recording, seconds: float) -> Voice:
    return voice_for_once(
        workspace=asking.workspace,
        recording=target.file,
        info=target.info,
        seconds=seconds,
        request_id=asking.request_id,
    )


def _submit(asking: Asking, said: dict[str, Any], recording: Recording, voice: Voice) -> None:
    submit_conversion(
        workspace=asking.workspace,
        voice=voice,
        wanted=ConversionRequest(
            recording=recording.file,
            info=recording.info,
            format=SpeechFormat.WAV,
            language=said.get("language", ""),
            no_watermark=said["no_watermark"],
            limits=asking.limits,
        ),
        request_id=asking.request_id,
        actor=asking.actor,
        once=asking.once,
        also=recorder(asking.call),
    )
