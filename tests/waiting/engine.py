"""The preview engine, which stands still or fails between two pieces where the text says so.

``{until NAME}`` waits for the file NAME in the folder GATES; ``{raise}`` fails.
"""

import os
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

_ORDER = re.compile(r"(\{[^}]*\})")


class GatedEngine(EspeakEngine):
    def synthesize(
        self, text: str, prompt: VoicePrompt, params: SynthesisParams, *, progress: Progress
    ) -> Iterator[AudioChunk]:
        for part in _ORDER.split(text):
            if part.startswith("{until "):
                _stand_still(Path(os.environ["GATES"], part[7:-1]), progress)
            elif part == "{raise}":
                raise EngineError("ENGINE_FAILED", "the engine was told to fail", retryable=False)
            elif part.strip():
                yield from super().synthesize(part, prompt, params, progress=progress)


def _stand_still(gate: Path, progress: Progress) -> None:
    while not gate.exists():
        progress()
        time.sleep(0.2)
