"""The embedded default: a preview engine on espeak-ng, shaped toward a reference voice.

It matches a voice's pitch, pitch range and long-term spectrum, not its identity.

Licence: espeak-ng is free software under the GPL, version 3 or later. It is neither linked
with nor loaded into the service: :mod:`.child` runs it in a process of its own and the two
exchange text and samples over pipes.
"""

from inference.engines.espeak.engine import EspeakEngine

__all__ = ["EspeakEngine"]
