"""One child process an utterance: espeak-ng never runs inside the service.

espeak-ng keeps one global state: threads that share it crash, and what it said before
changes how it speaks next. A fresh child starts in some 25 ms, always speaks the same
bytes for the same request, and whatever hostile text does to it ends with it.
"""

import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import espeakng_loader
import numpy as np

from inference.engines.base import EngineError, Samples

NATIVE_RATE = 22_050
"""Rate in Hz of the samples that espeak-ng makes."""

MAX_SECONDS = 300.0
"""Audio that one utterance may give; the child stops there, the parent kills beyond."""

TIMEOUT_SECONDS = 30.0
"""Wall-clock time that one utterance may take (usual: 0.03)."""

VOLUME = 60
"""espeak-ng's amplitude, low enough that loud vowels do not clip in its 16 bits."""

CHILD = Path(__file__).resolve().with_name("child.py")
_BLOCK_BYTES = 1 << 16
_CRASHES = {signal.SIGSEGV, signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGBUS}


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a child is asked to say.

    ``voice`` is espeak's language with an optional ``+variant``, ``rate`` words a minute
    (80 to 450), ``pitch`` and ``spread`` espeak's own scales (0 to 99, 50 is normal).
    """

    text: str
    voice: str
    rate: int = 175
    pitch: int = 50
    spread: int = 50
    seed: int = 0

    def request(self, most: int) -> bytes:
        """Return the child's standard input; ``most`` is the cap in samples."""
        settings = (self.rate, VOLUME, self.pitch, self.spread, self.seed, most)
        head = " ".join([self.voice, *map(str, settings)])
        return head.encode("ascii") + b"\n" + self.text.encode("utf-8")


def speak(
    utterance: Utterance,
    *,
    timeout: float = TIMEOUT_SECONDS,
    max_seconds: float = MAX_SECONDS,
    child: Path = CHILD,
) -> Samples:
    """Speak ``utterance`` in a child of its own; returns samples at :data:`NATIVE_RATE`.

    Raises EngineError: ``ENGINE_TIMEOUT`` where the child did not end within ``timeout``
    seconds, ``NO_SPEECH`` where the text crashed it (it would again), ``ENGINE_FAILED``
    where it ended with another error or gave more than the cap.
    """
    most = int(max_seconds * NATIVE_RATE)
    status, output = _run(utterance.request(most), timeout, most * 2, child)
    if -status in _CRASHES:
        raise EngineError("NO_SPEECH", "This text could not be spoken.", retryable=False)
    if status != 0:
        raise EngineError(
            "ENGINE_FAILED", f"The speech process ended with status {status}.", retryable=True
        )
    pcm = np.frombuffer(output[: len(output) // 2 * 2], dtype=np.int16)
    return pcm.astype(np.float32) / np.float32(32_768)


@lru_cache(maxsize=1)
def espeak_version() -> str:
    """Return the version of the espeak-ng library, such as ``1.52.0``."""
    _, output = _run(b"", TIMEOUT_SECONDS, 64, CHILD)
    return output.decode("ascii", "replace") or "unknown"


def _run(request: bytes, timeout: float, most_bytes: int, child: Path) -> tuple[int, bytes]:
    """Run a child on ``request``; returns its exit status and output. None outlives this."""
    deadline = time.monotonic() + timeout
    # The child works in the library's folder: espeak-ng cuts data paths at 160 bytes.
    library = Path(espeakng_loader.get_library_path()).resolve()
    with subprocess.Popen(  # noqa: S603 - no shell, and nothing of a customer's in argv
        [sys.executable, "-I", "-S", str(child), str(library), str(int(timeout) + 1)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=library.parent,
        env={},
        bufsize=0,
    ) as process:
        try:
            _send(process, request)
            output = _receive(process, deadline, most_bytes)
            return process.wait(max(0.0, deadline - time.monotonic())), output
        except subprocess.TimeoutExpired:
            raise _late(timeout) from None
        finally:
            process.kill()


def _send(process: subprocess.Popen[bytes], request: bytes) -> None:
    """Write ``request`` (smaller than a pipe's buffer, so it cannot block) and close."""
    assert process.stdin is not None
    try:
        process.stdin.write(request)
        process.stdin.close()
    except BrokenPipeError:
        return  # it died early; its exit status says why


def _receive(process: subprocess.Popen[bytes], deadline: float, most_bytes: int) -> bytes:
    """Read standard output to its end, within the deadline and the cap."""
    assert process.stdout is not None
    output = bytearray()
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while True:
            left = deadline - time.monotonic()
            if left <= 0 or not selector.select(left):
                raise subprocess.TimeoutExpired(process.args, 0)
            block = os.read(process.stdout.fileno(), _BLOCK_BYTES)
            if not block:
                return bytes(output)
            output += block
            if len(output) > most_bytes:
                raise EngineError(
                    "ENGINE_FAILED", "The speech process gave too much audio.", retryable=False
                )


def _late(timeout: float) -> EngineError:
    return EngineError(
        "ENGINE_TIMEOUT", f"The speech process did not end within {timeout:g} s.", retryable=True
    )
