"""What a file of audio is, and its samples."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from inference.audio.budget import Budget
from inference.audio.channels import ChannelSurvey, Floats, mixed
from inference.audio.errors import AudioError
from inference.audio.frames import is_silent
from inference.audio.graph import empty
from inference.audio.resample import Resampler
from inference.audio.source import Container, Source, open_source
from inference.engines.base import OUTPUT_RATE, Samples

# Twice the longest audio of which all is used: below it the duration is counted. Above it the
# header is believed, since nothing depends on it.
COUNTED_SECONDS = 600.0

LISTENED_SECONDS = 180.0
"""How much of a recording is looked at for a voice."""


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """What a file holds: ``duration`` in seconds, ``rate`` in Hz.

    It is ``silent`` where nothing of its first 180 s rises over -80 dBFS, apart from an offset.
    """

    container: Container
    codec: str
    duration: float
    rate: int
    channels: int
    silent: bool = False


def probe(
    file: BinaryIO, *, counted_seconds: float = COUNTED_SECONDS, budget: Budget | None = None
) -> AudioInfo:
    """Say what ``file`` is; its duration is that of the samples it decodes to.

    Headers are not believed: a recording by a browser has no duration in it, a cut one has a
    wrong one, and customers pay by the second. Past ``counted_seconds`` the longer of header
    and count is given. Raises AudioError ``UNSUPPORTED_FORMAT``, ``UNREADABLE``, ``NO_AUDIO``
    or, past the ``budget``, ``TOO_LARGE``; CancelledError where the budget says so.
    """
    with open_source(file, budget or Budget()) as source:
        # Counted in samples: a sum of seconds would make 180 s a little more than 180 s.
        counted: Counter[int] = Counter()
        duration = 0.0
        silent, formats = True, set[str]()
        for frame in source.frames():
            is_listened = silent and duration < LISTENED_SECONDS
            if is_listened or frame.format.name not in formats:  # it may not be convertible
                silent &= is_silent(frame)
                formats.add(frame.format.name)
            counted[frame.sample_rate] += frame.samples
            duration = sum(samples / rate for rate, samples in counted.items())
            if duration > counted_seconds:
                duration = max(duration, source.header_duration or 0.0)
                break
        if not duration:
            raise _no_audio()
        return AudioInfo(
            source.container, source.codec, duration, source.rate, source.channels, silent
        )


def decode(file: BinaryIO, *, rate: int = OUTPUT_RATE, max_seconds: float) -> Samples:
    """Decode the first ``max_seconds`` of ``file`` to mono float32 at ``rate`` Hz.

    Returns shape ``(n,)``, finite, in [-1, 1] (a recording that exceeds full scale is turned
    down as a whole). Channels are mixed evenly, but for one that would cancel the loudest out:
    it is turned over, or left out where it does so in parts. Memory is bounded by
    ``max_seconds``, not by what the file unfolds to. A truncated file gives the part that
    decodes. Raises AudioError ``UNSUPPORTED_FORMAT``, ``UNREADABLE`` or ``NO_AUDIO``.
    """
    weights = _weights(file, max_seconds)
    with open_source(file) as source:
        samples = np.concatenate([empty(), *_resampled(source, weights, rate, max_seconds)])
    if not samples.size:
        raise _no_audio()
    scaled: Samples = samples / np.maximum(np.max(np.abs(samples)), np.float32(1))
    return scaled


def _weights(file: BinaryIO, max_seconds: float) -> dict[int, Floats]:
    """Return how the channels are to be mixed, which shows only once all have been compared."""
    survey, left = ChannelSurvey(), max_seconds
    with open_source(file) as source:
        for planes, rate in source.blocks():
            survey.add(planes, rate)
            left -= planes.shape[1] / rate
            if left <= 0 or len(planes) == 1:
                break
    return survey.weights()


def _resampled(
    source: Source, weights: dict[int, Floats], rate: int, max_seconds: float
) -> Iterator[Samples]:
    resampler, source_rate, left = Resampler(rate, rate), rate, max_seconds
    for block, block_rate in mixed(source.blocks(), weights):
        if block_rate != source_rate:  # also in mid-file: two recordings joined into one
            yield resampler.finish()
            resampler, source_rate = Resampler(block_rate, rate), block_rate
        kept = block[: max(0, round(left * block_rate))]
        left -= kept.size / block_rate
        yield resampler.push(kept)
        if kept.size < block.size or left <= 0:
            break
    yield resampler.finish()


def _no_audio() -> AudioError:
    return AudioError("NO_AUDIO", "The file contains no audio.")
