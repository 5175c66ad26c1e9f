"""What every speech engine promises: the types, the protocol and the errors.

An engine is pure Python: it knows nothing of Django, tenants or credits. It turns a
reference recording into an immutable :class:`VoicePrompt` and a prompt plus text into
audio, chunk by chunk.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

Samples: TypeAlias = npt.NDArray[np.float32]
"""Mono audio, shape ``(n,)``, float32 in [-1, 1]."""

OUTPUT_RATE = 24_000
"""Sample rate in Hz of everything an engine returns."""


class EngineError(Exception):
    """An engine could not do what it was asked.

    ``code`` is stable and for programs, ``message`` is a sentence for the customer, and
    ``retryable`` says whether the same request may succeed when it is tried again.
    """

    def __init__(self, code: str, message: str, *, retryable: bool) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class VoicePrompt:
    """A voice as one engine and model version understand it; immutable.

    ``payload`` is the engine's own serialised form (never a pickle).
    """

    engine: str
    model: str
    version: str
    payload: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class SynthesisParams:
    """How to speak. Ranges are checked by the caller; an engine ignores what it lacks.

    ``language`` is a lower-case BCP 47 tag or ``None`` (the engine's default); ``seed``
    is 0 to 2**32-1; ``exaggeration`` and ``cfg_weight`` are 0 to 1, ``temperature`` 0 to 2.
    ``piece_words`` is how many words are spoken at a time at most (``None``: whole
    sentences); ``watermark`` whether an engine that marks its audio does so this time.
    Tempo is no concern of an engine: :mod:`inference.audio.tempo` changes it afterwards.
    """

    seed: int
    language: str | None = None
    exaggeration: float = 0.5
    cfg_weight: float = 0.5
    temperature: float = 0.8
    piece_words: int | None = None
    watermark: bool = True


@dataclass(frozen=True, slots=True)
class AudioChunk:
    """A stretch of finished audio at :data:`OUTPUT_RATE`; chunks join without a click.

    ``piece`` counts the pieces of text (sentences) from 0; ``text_bytes`` is how many
    UTF-8 bytes of the request the chunk finishes speaking (0 in mid-piece); ``watermarked``
    says whether the samples carry the engine's mark.
    """

    samples: Samples
    piece: int
    text_bytes: int
    watermarked: bool = False


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do; views and system checks ask before they promise."""

    languages: frozenset[str]
    streaming: bool
    conversion: bool
    watermark: bool
    deterministic_seed: bool


Progress: TypeAlias = Callable[[], None]
"""Called by an engine each time it has made real progress; may raise to stop the work."""


class Engine(Protocol):
    """An engine; safe to call from several threads at once."""

    name: str
    model: str
    version: str
    capabilities: Capabilities

    @classmethod
    def spoken_languages(cls) -> frozenset[str]:
        """Return the languages of :attr:`capabilities` without making an engine.

        For processes that check requests and never speak: it loads no model.
        """
        ...

    def clone(self, reference: Samples, rate: int, *, progress: Progress) -> VoicePrompt:
        """Make the prompt of a voice from a recording ``reference`` at ``rate`` Hz.

        Raises EngineError ``REFERENCE_UNUSABLE`` (not retryable) for audio without speech.
        """
        ...

    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        """Speak ``text``; yields at least one chunk.

        Raises EngineError: ``NO_SPEECH`` (not retryable) for text that gives no sound,
        ``PROMPT_MISMATCH`` (not retryable) for a prompt of another engine or version,
        ``UNSUPPORTED_LANGUAGE`` (not retryable), ``ENGINE_FAILED`` and
        ``ENGINE_TIMEOUT`` (both retryable).
        """
        ...

    def convert(
        self,
        audio: Samples,
        rate: int,
        prompt: VoicePrompt,
        *,
        progress: Progress,
        watermark: bool = True,
    ) -> Iterator[AudioChunk]:
        """Say what ``audio`` says in the prompt's voice; raises as :meth:`synthesize`."""
        ...

    def close(self) -> None:
        """Release processes, threads and devices; the engine is not used afterwards."""
        ...
