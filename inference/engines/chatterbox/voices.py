"""Prompts on the device: loaded once, bounded in number, shared by all that speak with them."""

import hashlib
import threading
from collections import OrderedDict
from typing import Final

import torch
from torch import Tensor

from inference.engines.base import VoicePrompt
from inference.engines.chatterbox.prompt import Prompt
from inference.engines.chatterbox.t3 import T3

_MOODS: Final = 4


class Voice:
    """A prompt on the device, with the vectors T3 reads of it made once a mood."""

    def __init__(self, prompt: Prompt, t3: T3) -> None:
        self.prompt = prompt
        self._t3 = t3
        self._prefixes: OrderedDict[float, Tensor] = OrderedDict()
        self._lock = threading.Lock()
        self.prefix_length = len(self.prefix(0.5))

    def prefix(self, exaggeration: float) -> Tensor:
        """Return T3's vectors of the voice, (34 or 376, width)."""
        mood = exaggeration if self._t3.family.guided else 0.0
        with self._lock:
            if mood not in self._prefixes:
                with torch.inference_mode():
                    self._prefixes[mood] = self._t3.prefix(
                        self.prompt.speaker[None], self.prompt.heard[None], mood
                    )
                while len(self._prefixes) > _MOODS:
                    self._prefixes.popitem(last=False)
            self._prefixes.move_to_end(mood)
            return self._prefixes[mood]


class Voices:
    """The ``most`` voices used last, by their content: equal prompts are one voice."""

    def __init__(self, t3: T3, *, version: str, most: int = 256) -> None:
        self.t3, self._version, self._most = t3, version, most
        self._voices: OrderedDict[bytes, Voice] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, stored: VoicePrompt) -> Voice:
        """Return the voice of a stored prompt. Raises EngineError ``PROMPT_MISMATCH``."""
        named = f"{stored.engine} {stored.version} ".encode()
        key = hashlib.sha256(named + stored.payload).digest()
        with self._lock:
            if key in self._voices:
                self._voices.move_to_end(key)
                return self._voices[key]
        prompt = Prompt.load(stored, version=self._version, device=self.t3.device)
        voice = Voice(prompt, self.t3)
        with self._lock:
            voice = self._voices.setdefault(key, voice)
            while len(self._voices) > self._most:
                self._voices.popitem(last=False)
        return voice
