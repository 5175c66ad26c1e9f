"""S3Gen for many utterances: the flow in batches, then the samples of each."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from torch import Tensor

from inference.engines.chatterbox.flow import Flow
from inference.engines.chatterbox.hift import HiFT
from inference.engines.chatterbox.stream import Stream

_WORST_PADDING = 1.25  # the widest task of a batch over its narrowest


def _silent() -> None:
    """Nobody waits for progress."""


class Vocoder:
    """Turns streams that are ready into samples, ``most`` utterances in a batch of the flow.

    ``padded`` allows lengths in a batch to differ by a quarter; else only equal ones share
    one, which keeps every bit of a result independent of the rest.
    """

    def __init__(self, s3gen: Any, *, steps: int, most: int, padded: bool) -> None:
        self._flow = Flow(s3gen, steps=steps)
        self._hift = HiFT(s3gen.mel2wav)
        self._most, self._padded = most, padded

    def batches(self, ready: Iterable[Stream]) -> list[list[Stream]]:
        """Group streams that are ready into batches of similar length."""
        batches: list[list[Stream]] = []
        widths: list[int] = []
        for stream in sorted(ready, key=_shape):
            width = sum(_shape(stream))
            fits = (
                width <= _WORST_PADDING * widths[-1]
                if batches and self._padded
                else bool(batches) and _shape(stream) == _shape(batches[-1][0])
            )
            if fits and len(batches[-1]) < self._most:
                batches[-1].append(stream)
            else:
                batches.append([stream])
                widths.append(width)
        return batches

    def mels(self, batch: Sequence[Stream], beat: Callable[[], None] = _silent) -> list[Tensor]:
        """Compute what the flow owes each stream of a batch; ``beat`` is called at each step.

        Changes nothing, so that it may be tried again in smaller batches.
        """
        return self._flow.mels([stream.task() for stream in batch], beat)

    def samples(self, stream: Stream, mel: Tensor) -> Tensor:
        """Return the next samples of ``stream``, (n,) at 24 kHz on the CPU, and move it on."""
        return stream.samples(mel, self._hift).float().cpu()

    def speak(self, batch: Sequence[Stream]) -> list[Tensor]:
        """Return the next samples of each stream of a batch."""
        mels = self.mels(batch)
        return [self.samples(stream, mel) for stream, mel in zip(batch, mels, strict=True)]

    def halve(self) -> None:
        """Make batches smaller from now on, after memory ran out."""
        self._most = max(1, self._most // 2)

    @property
    def most(self) -> int:
        """How many utterances a batch may hold."""
        return self._most


def _shape(stream: Stream) -> tuple[int, int]:
    return stream.task().shape
