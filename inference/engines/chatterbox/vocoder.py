"""S3Gen for many utterances: the flow in batches, then the samples of each."""

from collections.abc import Iterable, Sequence
from typing import Any

from torch import Tensor

from inference.engines.chatterbox.flow import Flow
from inference.engines.chatterbox.hift import HiFT
from inference.engines.chatterbox.stream import Stream

_WORST_PADDING = 1.25  # the widest task of a batch over its narrowest


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

    def speak(self, batch: Sequence[Stream]) -> list[Tensor]:
        """Return the next samples of each stream of a batch, (n,) at 24 kHz, on the CPU."""
        mels = self._flow.mels([stream.task() for stream in batch])
        spoken = [
            stream.samples(mel, self._hift) for stream, mel in zip(batch, mels, strict=True)
        ]
        return [each.float().cpu() for each in spoken]

    def halve(self) -> None:
        """Make batches smaller from now on, after memory ran out."""
        self._most = max(1, self._most // 2)

    @property
    def most(self) -> int:
        """How many utterances a batch may hold."""
        return self._most


def _shape(stream: Stream) -> tuple[int, int]:
    return stream.task().shape
