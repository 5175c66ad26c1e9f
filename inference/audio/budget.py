"""What looking into one recording may cost, whatever its headers say."""

import time
from collections.abc import Callable, Sequence
from typing import Final

import av

from inference.audio.errors import AudioError, CancelledError

MAX_VALUES: Final = 192_000 * 6 * 600
"""Decoded samples over all channels: those of 600 s of 5.1 at 192 kHz."""

MAX_CPU_SECONDS: Final = 3.0
"""CPU time of the decoding thread. 300 s of 5.1 in Opus, the dearest codec, took 1.0 s."""


class Budget:
    """Counts what the decoding of a recording has cost so far, packet by packet.

    ``cancelled`` says whether nobody waits for the result any more.
    """

    def __init__(
        self,
        *,
        values: int = MAX_VALUES,
        cpu_seconds: float = MAX_CPU_SECONDS,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        self.values = 0
        self.packets = 0
        self._most_values = values
        self._ends_at = time.thread_time() + cpu_seconds
        self._cancelled = cancelled

    def spend(self, frames: Sequence[object]) -> None:
        """Count one packet and what it was decoded to.

        Raises:
            AudioError: ``TOO_LARGE``, the recording costs too much.
            CancelledError: nobody waits for it.
        """
        self.packets += 1
        for frame in frames:
            if isinstance(frame, av.AudioFrame):
                self.values += frame.samples * frame.layout.nb_channels
        if self._cancelled():
            raise CancelledError
        if self.values > self._most_values or time.thread_time() > self._ends_at:
            raise AudioError(
                "TOO_LARGE",
                "The audio is too large when decoded. Send it with a lower sample rate, fewer "
                "channels or in a shorter piece.",
            )
