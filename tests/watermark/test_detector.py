"""The detecting process: what it hears, and what becomes of it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inference.engines.chatterbox.detector import (
    CHILD,
    IDLE_SECONDS,
    ROOM,
    DetectionError,
    Detector,
    DetectorUnavailableError,
)
from tests.support import recordings
from tests.watermark import marked

PLAIN = recordings.wav(3.0)


@pytest.fixture(scope="module")
def standing() -> Iterator[Detector]:
    made = Detector()
    yield made
    made.close()


@pytest.fixture
def own(standing: Detector) -> Detector:
    """The detector with its child up; what a test does to it, the next call mends."""
    standing.detect(PLAIN)
    return standing


def pid(detector: Detector) -> int:
    process = detector._process
    assert process is not None
    return process.pid


@pytest.mark.parametrize("form", [marked.wav, marked.mp3])
def test_the_mark_is_heard_and_its_absence_too(standing: Detector, form) -> None:
    assert standing.detect(form(marked.marked())).watermarked
    found = standing.detect(form(recordings.spoken(3.0)))
    assert not found.watermarked
    assert 0 <= found.confidence < 0.5


def test_a_marked_sentence_among_half_a_minute_of_others_is_heard(standing: Detector) -> None:
    plain = recordings.spoken(15.0)
    among = np.concatenate([plain, marked.marked(6.0), plain])
    assert standing.detect(marked.wav(among)).watermarked
    assert not standing.detect(marked.wav(np.concatenate([plain, plain]))).watermarked


def test_silence_is_not_watermarked(standing: Detector) -> None:
    found = standing.detect(marked.wav(np.zeros(24_000 * 7, np.float32)))
    assert (found.watermarked, found.confidence) == (False, 0.0)


def test_what_is_no_audio_is_an_error_and_harms_nobody_after_it(standing: Detector) -> None:
    before = pid(standing) if standing._process else None
    with pytest.raises(DetectionError, match="AudioError"):
        standing.detect(b"no audio at all")
    assert not standing.detect(PLAIN).watermarked
    assert before in {None, pid(standing)}


def test_the_child_is_kept_from_one_recording_to_the_next(own: Detector) -> None:
    first = pid(own)
    assert own.detect(marked.wav(marked.marked())).watermarked
    assert pid(own) == first


def test_recordings_of_many_callers_get_their_own_answers(standing: Detector) -> None:
    answers: dict[int, bool] = {}
    with_mark = marked.wav(marked.marked())

    def ask(number: int) -> None:
        answers[number] = standing.detect(with_mark if number % 2 else PLAIN).watermarked

    callers = [threading.Thread(target=ask, args=(number,)) for number in range(ROOM)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert answers == {number: bool(number % 2) for number in range(ROOM)}


def test_a_killed_child_is_an_error_and_the_next_recording_gets_a_new_one(own: Detector) -> None:
    first = pid(own)
    os.kill(first, signal.SIGSTOP)  # so that it dies with a recording in hand
    killer = threading.Timer(0.5, os.kill, (first, signal.SIGKILL))
    killer.start()
    with pytest.raises(DetectionError, match="status -9"):
        own.detect(PLAIN)
    assert not own.detect(PLAIN).watermarked
    assert pid(own) != first


def test_a_hung_child_is_killed_in_time_and_replaced(own: Detector, monkeypatch) -> None:
    first = pid(own)
    monkeypatch.setattr(own, "_timeout", 1.0)
    os.kill(first, signal.SIGSTOP)
    began = time.monotonic()
    with pytest.raises(DetectionError, match="took too long"):
        own.detect(PLAIN)
    assert 1.0 <= time.monotonic() - began < 5.0
    assert not Path(f"/proc/{first}").exists()
    monkeypatch.undo()
    assert not own.detect(PLAIN).watermarked


def test_no_more_callers_wait_than_there_is_room_for(own: Detector) -> None:
    first = pid(own)
    os.kill(first, signal.SIGSTOP)
    waiting = [threading.Thread(target=own.detect, args=(PLAIN,)) for _ in range(ROOM)]
    for caller in waiting:
        caller.start()
    time.sleep(0.3)
    began = time.monotonic()
    with pytest.raises(DetectionError) as refused:
        own.detect(PLAIN)
    assert refused.value.busy
    assert time.monotonic() - began < 0.2
    os.kill(first, signal.SIGCONT)
    for caller in waiting:
        caller.join()
    assert not own.detect(PLAIN).watermarked


def test_a_caller_waits_for_those_before_it_only_so_long(own: Detector, monkeypatch) -> None:
    first = pid(own)
    monkeypatch.setattr(own, "_wait", 0.5)
    os.kill(first, signal.SIGSTOP)
    before = threading.Thread(target=own.detect, args=(PLAIN,))
    before.start()
    time.sleep(0.2)
    with pytest.raises(DetectionError) as refused:
        own.detect(PLAIN)
    assert refused.value.busy
    os.kill(first, signal.SIGCONT)
    before.join()
    assert pid(own) == first, "it went on with what it had in hand"


def test_a_child_that_may_be_about_to_end_by_itself_is_replaced(own: Detector) -> None:
    first = pid(own)
    own._used_at = time.monotonic() - IDLE_SECONDS
    assert not own.detect(PLAIN).watermarked
    assert pid(own) != first


def test_a_child_without_work_ends_by_itself() -> None:
    """Its standard input stays open all the while."""
    command = [sys.executable, "-m", CHILD, "0.2"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, cwd=Path(__file__).parents[2]) as child:
        assert child.wait(60) == 0


def test_the_child_s_memory_is_bounded(own: Detector) -> None:
    limits = Path(f"/proc/{pid(own)}/limits").read_text()
    [data] = [line for line in limits.splitlines() if line.startswith("Max data size")]
    assert int(data.split()[3]) == 3 << 30


def test_the_child_is_told_no_secrets(own: Detector, monkeypatch) -> None:
    own.close()
    monkeypatch.setenv("VOICECLONE_SECRET_KEY", "s3cret")
    own.detect(PLAIN)
    assert b"s3cret" not in Path(f"/proc/{pid(own)}/environ").read_bytes()


def test_the_child_ends_with_its_parent() -> None:
    program = (
        "import os, sys; from inference.engines.chatterbox.detector import detector; "
        "made = detector(); made.detect(open(sys.argv[1], 'rb').read()); "
        "print(made._process.pid, 'torch' in sys.modules, flush=True); os._exit(1)"
    )
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(root / "samples" / "voice.mp3")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    child, has_torch = done.stdout.split()
    assert has_torch == "False"
    deadline = time.monotonic() + 10
    while Path(f"/proc/{child}").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not Path(f"/proc/{child}").exists()


def test_where_the_child_cannot_load_perth_it_is_unavailable_and_never_no(
    tmp_path: Path, monkeypatch
) -> None:
    """The parent finds the packages, but the child cannot import them."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\nif 'inference.engines.chatterbox.detector_child' in sys.orig_argv:\n"
        "    sys.modules['librosa'] = None\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = Detector()
    with pytest.raises(DetectorUnavailableError):
        made.detect(PLAIN)
    made.close()
