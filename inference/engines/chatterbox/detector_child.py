"""The child of :mod:`.detector`: reads recordings, says of each whether it is watermarked.

Run with ``python -m``. Standard input carries recordings, each a length of eight bytes and as
many bytes of a file; standard output a line of JSON for each. It ends with its parent, and by
itself when nothing has come for the seconds that its argument says.
"""

import io
import json
import os
import resource
import selectors
import sys
from contextlib import suppress
from importlib import import_module
from typing import BinaryIO, Final

import numpy as np

from inference.audio.decode import decode
from inference.engines.base import EngineError, Samples
from inference.engines.chatterbox.detector import MAX_SECONDS
from inference.engines.chatterbox.environment import prepare_imports
from inference.engines.chatterbox.watermark import FOUND, Watermarker

PERTH_RATE: Final = 32_000
"""Perth's own rate in Hz, so that a recording is resampled once, as it is decoded."""

STRETCH_SECONDS: Final = 5.0
"""Recordings are looked at in stretches: a marked sentence among others is found as well."""

SILENCE: Final = 1e-4
"""A stretch whose peak is below -80 dBFS says nothing."""

MEMORY_BYTES: Final = 3 << 30
"""What the child may allocate (usual: 0.6 GB, whatever the length of the recording)."""

_THREADS: Final = 2
_LENGTH_BYTES: Final = 8


def confidence(watermarker: Watermarker, samples: Samples) -> float:
    """Return how sure the detector is of the surest stretch of ``samples`` at 32 kHz."""
    size = int(STRETCH_SECONDS * PERTH_RATE)
    starts = [i * size for i in range(max(1, samples.size // size))]
    # What is left over belongs to the last: a short stretch is judged less well.
    parts = [samples[a:b] for a, b in zip(starts, [*starts[1:], samples.size], strict=True)]
    heard = [part for part in parts if np.max(np.abs(part), initial=0.0) >= SILENCE]
    return max((watermarker.confidence(part, PERTH_RATE) for part in heard), default=0.0)


def answer(watermarker: Watermarker, recording: bytes) -> dict[str, object]:
    """Return what is to be said of a recording."""
    try:
        samples = decode(io.BytesIO(recording), rate=PERTH_RATE, max_seconds=MAX_SECONDS)
        found = confidence(watermarker, samples)
    except Exception as error:  # noqa: BLE001 - whatever it was, the next recording may go well
        return {"error": repr(error)}
    return {"watermarked": found > FOUND, "confidence": found}


def limit() -> None:
    """Bound this process's memory and let those who answer requests go first."""
    os.nice(5)
    for what, most in ((resource.RLIMIT_CORE, 0), (resource.RLIMIT_DATA, MEMORY_BYTES)):
        with suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Serve until the parent is gone or nothing has come for long."""
    idle = float(sys.argv[1])
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print must not stand among the replies
    limit()
    watermarker: Watermarker | None = None
    unavailable = ""
    try:
        prepare_imports()
        torch = import_module("torch")
        torch.set_num_threads(_THREADS)
        torch.set_grad_enabled(False)
        watermarker = Watermarker()
    except (EngineError, ImportError) as error:
        unavailable = str(error)
    while (recording := _next(sys.stdin.buffer, idle)) is not None:
        reply: dict[str, object] = {"unavailable": unavailable}
        if watermarker is not None:
            reply = answer(watermarker, recording)
        replies.write(json.dumps(reply).encode() + b"\n")
        replies.flush()


def _next(source: BinaryIO, idle: float) -> bytes | None:
    """Return the next recording; None at the end or after ``idle`` seconds without one."""
    with selectors.DefaultSelector() as selector:
        selector.register(source, selectors.EVENT_READ)
        if not selector.select(idle):
            return None
    head = source.read(_LENGTH_BYTES)
    size = int.from_bytes(head)
    recording = source.read(size)
    return recording if len(head) == _LENGTH_BYTES and len(recording) == size else None


if __name__ == "__main__":
    main()
