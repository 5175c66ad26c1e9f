"""Chatterbox: voice cloning by Resemble AI's models, batched, streamed and repeatable.

The package ``chatterbox-tts`` supplies modules, weights' formats and tokenizers; its own
generation loop is not used. See ``docs/engine.md``. Importing this needs no torch.
"""

from inference.engines.chatterbox.engine import ChatterboxEngine
from inference.engines.chatterbox.environment import environment_problems

__all__ = ["ChatterboxEngine", "environment_problems"]
