"""Several channels of a recording as one, without what cancels out."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final

import numpy as np
import numpy.typing as npt

from inference.audio.graph import empty
from inference.engines.base import Samples

Planes = npt.NDArray[np.float32]
"""A block of a recording with a row for each channel, shape ``(channels, n)``."""

Floats = npt.NDArray[np.float64]

_WINDOW_SECONDS: Final = 0.5
_ALIKE: Final = 0.25  # share of their energy from which two channels count as the same sound
_CANCELLED: Final = 0.05  # share of the loudest channel's power under which a mix is no good


class ChannelSurvey:
    """Compares the channels of a recording, half a second at a time."""

    def __init__(self) -> None:
        self._seen: defaultdict[int, _Comparison] = defaultdict(_Comparison)

    def add(self, planes: Planes, rate: int) -> None:
        """Take the next block, at ``rate`` Hz."""
        if len(planes) > 1:
            self._seen[len(planes)].add(planes, rate)

    def weights(self) -> dict[int, Floats]:
        """Return by the number of channels how much of each belongs into the mix."""
        return {channels: one.weights() for channels, one in self._seen.items()}


class _Comparison:
    """Sums up in which windows two channels move together, and in which against each other."""

    def __init__(self) -> None:
        self._together: Floats | float = 0.0
        self._against: Floats | float = 0.0
        self._begin()

    def _begin(self) -> None:
        self._size = 0
        self._sum: Floats | float = 0.0
        self._products: Floats | float = 0.0

    def add(self, planes: Planes, rate: int) -> None:
        exact = planes.astype(np.float64)
        self._size += planes.shape[1]
        self._sum += exact.sum(axis=1)
        self._products += exact @ exact.T
        if self._size >= _WINDOW_SECONDS * rate:
            self._end_window()

    def _end_window(self) -> None:
        if self._size:
            shared = self._products - np.multiply.outer(self._sum, self._sum) / self._size
            self._together = self._together + np.maximum(shared, 0)
            self._against = self._against + np.maximum(-shared, 0)
            self._begin()

    def weights(self) -> Floats:
        """Return a weight for each channel; their magnitudes add up to 1.

        A channel that is the loudest one upside down is turned over. One that is so in parts
        only is left out, as are silent ones.
        """
        self._end_window()
        together, against = np.asarray(self._together), np.asarray(self._against)
        power = np.diag(together)
        loudest = int(np.argmax(power))
        alone = np.zeros(len(power))
        alone[loudest] = 1.0
        if not power[loudest]:
            return alone
        alike = _ALIKE * np.sqrt(power * power[loudest])
        is_same, is_turned = together[loudest] > alike, against[loudest] > alike
        signs = np.where(is_turned, np.where(is_same, 0.0, -1.0), 1.0)
        signs[power == 0] = 0.0
        weights = np.asarray(signs / np.abs(signs).sum())
        mixed = weights @ (together - against) @ weights
        return weights if mixed >= _CANCELLED * power[loudest] else alone


def mixed(
    blocks: Iterator[tuple[Planes, int]], weights: dict[int, Floats]
) -> Iterator[tuple[Samples, int]]:
    """Mix each block down by the weights for its number of channels; evenly without any."""
    for planes, rate in blocks:
        known = weights.get(len(planes))
        samples = planes.mean(axis=0) if known is None else known @ planes
        yield np.asarray(samples, dtype=np.float32) if planes.size else empty(), rate
