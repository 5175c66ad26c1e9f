"""An engine that misbehaves when its text tells it to, and else is the preview engine.

``{slow N}`` makes each of N steps of 0.25 s with progress, ``{hang}`` never returns,
``{hang once PATH}`` hangs unless the file PATH exists (it makes it), ``{raise}`` fails.
"""

import re
import time
from collections.abc import Iterator
from pathlib import Path

from inference.engines.base import AudioChunk, Progress, SynthesisParams, VoicePrompt
from inference.engines.espeak import EspeakEngine

_ORDER = re.compile(r"\{(slow|hang once|hang|raise) ?([^}]*)\}")


class FaultyEngine(EspeakEngine):
    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        order = _ORDER.search(text)
        if order is not None:
            self._obey(order.group(1), order.group(2), progress)
        yield from super().synthesize(text, prompt, params, progress=progress)

    def _obey(self, order: str, argument: str, progress: Progress) -> None:
        if order == "raise":
            raise RuntimeError("the engine was told to fail")
        if order == "slow":
            for _ in range(int(argument)):
                time.sleep(0.25)
                progress()
        if order == "hang once":
            marker = Path(argument)
            if marker.exists():
                return
            marker.touch()
        if order.startswith("hang"):
            time.sleep(3600)
