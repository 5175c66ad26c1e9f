"""An engine that misbehaves where its text tells it to, and else is the preview engine.

``{slow N}`` makes each of N steps of 0.25 s with progress, ``{hang}`` never returns,
``{hang once PATH}`` hangs unless the file PATH exists (it makes it), ``{raise}`` fails,
``{die once PATH}`` stops this engine for good unless the file PATH exists (it makes it). What
stands before an order has been spoken by then.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from inference.engines.base import (
    AudioChunk,
    EngineError,
    Progress,
    SynthesisParams,
    VoicePrompt,
)
from inference.engines.espeak import EspeakEngine
from inference.engines.operation import STOPPING

_ORDERS = re.compile(r"(\{[^}]*\})")
_ORDER = re.compile(r"\{(slow|hang once|hang|die once|raise) ?([^}]*)\}")


class FaultyEngine(EspeakEngine):
    has_died = False

    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        for part in _ORDERS.split(text):
            if self.has_died:
                raise EngineError(STOPPING, "The engine is shutting down.", retryable=True)
            order = _ORDER.fullmatch(part)
            if order is not None:
                self._obey(order.group(1), order.group(2), progress)
            elif any(mark.isalpha() for mark in part):
                yield from super().synthesize(part, prompt, params, progress=progress)

    def _obey(self, order: str, argument: str, progress: Progress) -> None:
        if order == "raise":
            raise RuntimeError("the engine was told to fail")
        if order == "slow":
            for _ in range(int(argument)):
                time.sleep(0.25)
                progress()
        if order.endswith("once"):
            marker = Path(argument)
            if marker.exists():
                return
            marker.touch()
        if order == "die once":
            self.has_died = True
        if order.startswith("hang"):
            time.sleep(3600)
