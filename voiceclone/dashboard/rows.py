"""What the pages show of voices and speeches."""

from dataclasses import dataclass

from inference.jobs.model import LIVE, JobState
from speech.models import Speech
from voiceclone.api.native.responses import speech_audio_url, status_of
from voiceclone.files import SharedFile, signed_url
from voices.models import Voice

_LABELS = {
    JobState.QUEUED: "Queued",
    JobState.RUNNING: "In progress",
    JobState.COMPLETED: "Completed",
    JobState.FAILED: "Failed",
    JobState.CANCELLED: "Cancelled",
    JobState.TIMED_OUT: "Timed out",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A job with the address of its audio."""

    job: Voice | Speech
    audio_url: str | None

    @property
    def label(self) -> str:
        """Its state in words."""
        return _LABELS[JobState(self.job.state)]

    @property
    def status(self) -> str:
        """Its state as the API names it, in small letters."""
        return status_of(self.job.state).lower()

    @property
    def is_live(self) -> bool:
        """Whether something is still to happen."""
        return self.job.state in LIVE


def speech_row(speech: Speech) -> Row:
    """Return a speech as the pages show it."""
    return Row(speech, speech_audio_url(speech))


def voice_row(voice: Voice) -> Row:
    """Return a voice, with its reference or sample to listen to."""
    if not voice.reference_name:
        return Row(voice, None)
    return Row(voice, signed_url(SharedFile(voice.reference_name, voice.reference_type, {})))
