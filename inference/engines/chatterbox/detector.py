"""Looks for the watermark in a process of its own, kept warm; importing this needs no torch.

The detector is a neural network on PyTorch, which has no place in a process that answers
requests. The child does one recording at a time, with bounded memory, and is killed when it
takes too long; the next recording gets a new one.
"""

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

DETECTOR: Final = "perth-implicit"
"""Which watermark is looked for: Perth's implicit one, which the Chatterbox engine applies."""

MAX_SECONDS: Final = 300.0
"""Audio that is looked at: some 15 s of work on two idle cores, 27 s on two that were busy."""

TIMEOUT_SECONDS: Final = 60.0
"""Wall-clock time that one recording may take, the child's start included."""

WAIT_SECONDS: Final = 30.0
"""Time that a recording waits for those before it."""

ROOM: Final = 3
"""Recordings taken at a time: one in work, and so few waiting that they hold up no server."""

IDLE_SECONDS: Final = 600
"""After so long without work the child ends and gives its memory back."""

CHILD: Final = "inference.engines.chatterbox.detector_child"
_NEEDED: Final = ("torch", "torchaudio", "librosa", "perth", "pkg_resources")
_ROOT: Final = Path(__file__).resolve().parents[3]
_STALE_SECONDS: Final = IDLE_SECONDS - 30.0
_LENGTH_BYTES: Final = 8

# The child reads what strangers send: it is told no passwords and no keys.
_ENVIRONMENT: Final = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Detection:
    """``confidence`` is 0 to 1: that of the stretch of a recording where it is highest."""

    watermarked: bool
    confidence: float


class DetectorUnavailableError(Exception):
    """Perth cannot run on this installation, so nothing is known of any recording."""


class DetectionError(Exception):
    """A detection came to nothing; the recording may be sent again. ``reason`` is for the log."""

    def __init__(self, reason: str, *, busy: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.busy = busy


class Detector:
    """Hands recordings to the child, one after the other; safe to call from any thread."""

    def __init__(
        self, *, child: str = CHILD, timeout: float = TIMEOUT_SECONDS, wait: float = WAIT_SECONDS
    ) -> None:
        self._child = child
        self._timeout = timeout
        self._wait = wait
        self._room = threading.BoundedSemaphore(ROOM)
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._used_at = 0.0

    def detect(self, recording: bytes) -> Detection:
        """Say whether a file of audio, of which 300 s are decoded, carries the watermark.

        Raises DetectorUnavailableError; DetectionError where the child crashed, took too long
        or is too busy.
        """
        if any(find_spec(name) is None for name in _NEEDED):
            raise DetectorUnavailableError
        if not self._room.acquire(blocking=False):
            raise DetectionError("too many recordings wait", busy=True)
        try:
            if not self._turn.acquire(timeout=self._wait):
                raise DetectionError("the recordings before it took too long", busy=True)
            try:
                return _detection(self._ask(recording))
            finally:
                self._turn.release()
        finally:
            self._room.release()

    def close(self) -> None:
        """End the child; the next recording starts a new one."""
        with self._turn:
            self._stop()

    def _ask(self, recording: bytes) -> dict[str, Any]:
        process = self._running()
        late = threading.Event()

        def give_up() -> None:
            late.set()
            process.kill()

        clock = threading.Timer(self._timeout, give_up)
        clock.daemon = True
        clock.start()
        try:
            reply: dict[str, Any] = json.loads(_exchange(process, recording))
        except (OSError, ValueError):
            status = self._stop()
            why = "took too long" if late.is_set() else f"ended with status {status}"
            raise DetectionError(f"the detecting process {why}") from None
        finally:
            clock.cancel()
            self._used_at = time.monotonic()
        if late.is_set():  # it answered at the last moment, and was killed all the same
            self._stop()
        return reply

    def _running(self) -> subprocess.Popen[bytes]:
        """Return the child, or a new one where it has ended or may be about to."""
        process, stale = self._process, time.monotonic() - self._used_at > _STALE_SECONDS
        if process is not None and process.poll() is None and not stale:
            return process
        self._stop()
        known = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        self._process = subprocess.Popen(  # noqa: S603 - no shell, and nothing of a customer's in argv
            [sys.executable, "-m", self._child, str(IDLE_SECONDS)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env=known | {"CUDA_VISIBLE_DEVICES": "", "OMP_NUM_THREADS": "2"},
        )
        return self._process

    def _stop(self) -> int | None:
        """End the child, where there is one; returns its exit status."""
        process, self._process = self._process, None
        if process is None:
            return None
        with process:  # closes the pipes and waits
            ended = process.poll()
            process.kill()
        return process.returncode if ended is None else ended


def _exchange(process: subprocess.Popen[bytes], recording: bytes) -> bytes:
    """Send a recording and return the child's line; raises OSError where the child is gone."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(len(recording).to_bytes(_LENGTH_BYTES))
    process.stdin.write(recording)
    process.stdin.flush()
    return process.stdout.readline()


def _detection(reply: dict[str, Any]) -> Detection:
    if "unavailable" in reply:
        raise DetectorUnavailableError(reply["unavailable"])
    if "error" in reply:
        raise DetectionError(reply["error"])
    return Detection(watermarked=reply["watermarked"], confidence=reply["confidence"])


@cache
def detector() -> Detector:
    """Return this process's detector; its child starts with the first recording."""
    return Detector()
