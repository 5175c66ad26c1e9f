from speech.calls import recorder
from voiceclone.api.runpod.errors import InputProblemError
from voiceclone.api.runpod.inputs import CloningInput
from voiceclone.api.runpod.operations.asking import Asking
from voiceclone.api.runpod.recordings import reference
from voices.operations import NameTakenError, NewVoice, submit_clone

SAMPLE_TEXT = "Hello! This is a sample of my new voice, and I am ready to read your texts aloud."


def voice_cloning(asking: Asking) -> None:
    """Make a new voice of a recording, and speak a sample with it."""
    said = asking.read(CloningInput)
    recording = reference(asking.workspace, said["reference_audio"], "reference_audio")
    asking.call.asked |= {"save_to_library": said["save_to_library"]}
    try:
        submit_clone(
            workspace=asking.workspace,
            recording=recording.file,
            info=recording.info,
            about=NewVoice(
                title=said["voice_name"],
                description=said["voice_description"],
                name=said["voice_name"],
                sample_text=SAMPLE_TEXT,
                kept=said["save_to_library"],
            ),
            request_id=asking.request_id,
            actor=asking.actor,
            once=asking.once,
            also=recorder(asking.call),
            limits=asking.limits,
        )
    except NameTakenError as error:
        raise InputProblemError(name_taken(said["voice_name"])) from error


def name_taken(name: str) -> str:
    """Return what is said where a name is not to be had."""
    return f"Voice '{name}' already exists; voice_name must be unique"
