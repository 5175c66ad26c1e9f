"""A speech as server-sent events: its audio in base64 as it is made, and at last its price.

Where it comes to a bad end, the last event says why, as OpenAI's clients read it.
"""

import base64
import json
from typing import Any

from inference.jobs.model import JobState
from inference.live import LiveChunk
from voiceclone.api.venice.endings import failure_of
from voiceclone.api.venice.errors import error_body
from voiceclone.api.waiting import RESTARTING, job_of, register_framing

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


def _error(state: dict[str, Any], is_stopping: bool) -> bytes:  # noqa: FBT001 - the framings' own signature
    if is_stopping:
        return _event("error", **error_body(503, "unavailable", RESTARTING))
    speech = job_of(state)
    if speech.state == JobState.COMPLETED:  # and its file has gone meanwhile
        return _event("error", **error_body(404, "speech_not_found", "The audio was deleted."))
    return _event("error", **failure_of(speech)[1])


register_framing(FRAMING, each=_delta, last=_done, failed=_error)
