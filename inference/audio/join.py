"""Pieces of speech, made one by one, into one recording without audible joins."""

import numpy as np

from inference.audio.fade import faded
from inference.audio.loudness import SILENCE, active_level, apply_gain, limit
from inference.engines.base import Samples

# A piece that would have to be raised by more than this (dB) is no quiet sentence but a breath
# or a fault, and would only bring up its noise.
_MAX_GAIN = 20.0

# The peaks of speech stand up to 15 dB above its level. A first piece louder than this (dBFS)
# would set a mark that later ones could only reach with their peaks cut off.
_LOUDEST = -16.0


class Joiner:
    """Joins pieces at ``rate`` Hz with ``pause`` seconds between, one in, one out.

    Each piece is faded in and out over ``fade`` seconds, brought to the first one's active
    level (-16 dBFS at most, or ``level`` dBFS if given) by one gain, and limited to -1 dBFS.
    Nothing waits for a later piece: the first can be played while the second is being made.
    Silence that a piece brings along is kept: trim it first where the pause is to be exact.
    """

    def __init__(
        self, rate: int, *, pause: float = 0.12, fade: float = 0.008, level: float | None = None
    ) -> None:
        self._rate = rate
        self._pause = round(pause * rate)
        self._fade = round(fade * rate)
        self._level = level
        self._begun = False

    def push(self, piece: Samples) -> Samples:
        """Return ``piece``, shape ``(n,)``, ready to follow what was returned before.

        From the second piece on the pause stands before it. An empty piece returns nothing.
        """
        if not piece.size:
            return piece
        piece = faded(self._levelled(piece), self._fade)
        if not self._begun:
            self._begun = True
            return piece
        return np.pad(piece, (self._pause, 0))

    def _levelled(self, piece: Samples) -> Samples:
        level = active_level(piece, self._rate)
        if level == SILENCE:
            return piece
        if self._level is None:
            self._level = min(level, _LOUDEST)
        gain = min(self._level - level, _MAX_GAIN)
        return limit(apply_gain(piece, gain), self._rate)
