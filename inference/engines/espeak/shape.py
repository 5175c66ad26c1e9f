"""A voice as this engine understands it: the settings that shape espeak's speech."""

import json
from dataclasses import asdict, dataclass

from inference.engines.base import EngineError, VoicePrompt
from inference.engines.espeak.process import espeak_version
from inference.engines.espeak.spectrum import BANDS

ENGINE = "espeak"
VERSION = "1"
"""Version of the shaping; a prompt of another version has to be made anew."""

MAX_PAYLOAD_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Shape:
    """How to turn espeak's speech into this voice.

    ``variant`` is espeak's (empty for none), ``pitch``, ``spread`` and ``rate`` its settings.
    Samples made at 22,050 Hz are played at ``source_rate`` Hz, which moves the formants;
    ``gains`` are the dB of the filter's 48 bands. ``median_hz`` and ``spectrum`` (48 bands,
    dB) are what the voice itself measures.
    """

    variant: str
    pitch: int
    spread: int
    rate: int
    source_rate: int
    median_hz: float
    gains: tuple[float, ...]
    spectrum: tuple[float, ...]

    def to_prompt(self) -> VoicePrompt:
        """Serialise as compact JSON; the same shape always gives the same bytes."""
        payload = json.dumps(asdict(self), separators=(",", ":"), sort_keys=True)
        return VoicePrompt(
            engine=ENGINE, model=model_name(), version=VERSION, payload=payload.encode("ascii")
        )

    @classmethod
    def from_prompt(cls, prompt: VoicePrompt) -> "Shape":
        """Read a prompt back. Raises EngineError ``PROMPT_MISMATCH`` if it is not ours."""
        if prompt.engine != ENGINE or prompt.version != VERSION:
            raise _mismatch(f"{prompt.engine} {prompt.version}")
        if len(prompt.payload) > MAX_PAYLOAD_BYTES:
            raise _mismatch("a payload that is too large")
        try:
            values = json.loads(prompt.payload)
            shape = cls(
                variant=str(values["variant"]),
                pitch=int(values["pitch"]),
                spread=int(values["spread"]),
                rate=int(values["rate"]),
                source_rate=int(values["source_rate"]),
                median_hz=float(values["median_hz"]),
                gains=tuple(float(gain) for gain in values["gains"]),
                spectrum=tuple(float(level) for level in values["spectrum"]),
            )
        except (ValueError, TypeError, KeyError, RecursionError, OverflowError):
            raise _mismatch("a payload that cannot be read") from None
        if not shape.plausible():
            raise _mismatch("settings out of range")
        return shape

    def plausible(self) -> bool:
        """Return whether every setting is one that the engine can have written."""
        return (
            (not self.variant or (self.variant.isascii() and self.variant.isalnum()))
            and 0 <= self.pitch <= 99  # noqa: PLR2004 - espeak's scale
            and 0 <= self.spread <= 99  # noqa: PLR2004
            and 80 <= self.rate <= 450  # noqa: PLR2004 - espeak's limits
            and 11_025 <= self.source_rate <= 44_100  # noqa: PLR2004 - an octave either way
            and 20 <= self.median_hz <= 1_000  # noqa: PLR2004 - any voice
            and len(self.gains) == len(self.spectrum) == BANDS
            and all(abs(number) <= 200 for number in (*self.gains, *self.spectrum))  # noqa: PLR2004 - also refuses NaN
        )


def model_name() -> str:
    """Return the model that prompts and speeches record, such as ``espeak-ng-1.52.0``."""
    return f"espeak-ng-{espeak_version()}"


def _mismatch(what: str) -> EngineError:
    return EngineError(
        "PROMPT_MISMATCH",
        f"The voice was made for another engine or version ({what}).",
        retryable=False,
    )
