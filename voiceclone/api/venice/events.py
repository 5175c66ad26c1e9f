"""A speech as server-sent events: its audio in base64 as it is made, and at last its price."""

import base64
import json
from typing import Any

from inference.live import LiveChunk
from voiceclone.api.waiting import register_framing

CONTENT_TYPE = "text/event-stream; charset=utf-8"
FRAMING = "venice.events"


def _event(kind: str, **fields: Any) -> bytes:
    said = json.dumps({"type": kind, **fields}, separators=(",", ":"))
    return f"data: {said}\n\n".encode()


def _delta(chunk: LiveChunk) -> bytes:
    return _event("speech.audio.delta", audio=base64.b64encode(chunk.data).decode())


def _done(state: dict[str, Any]) -> bytes:
    """Count as tokens what is charged for: the bytes of the text."""
    usage = {"input_tokens": state["credits"], "output_tokens": 0}
    return _event("speech.audio.done", usage=usage | {"total_tokens": state["credits"]})


register_framing(FRAMING, each=_delta, last=_done)
