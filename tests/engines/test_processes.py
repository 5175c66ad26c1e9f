"""Each utterance has a child process of its own, and none outlives its utterance."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from inference.engines.base import EngineError, SynthesisParams
from inference.engines.espeak import EspeakEngine, process
from inference.engines.espeak.process import NATIVE_RATE, Utterance, speak
from tests.engines.conftest import no_progress

HELLO = Utterance("Hello there.", "en-us")


def children():
    """The ids of this process's children, zombies included."""
    return {
        number
        for path in Path("/proc/self/task").glob("*/children")
        for number in path.read_text().split()
    }


def open_files():
    return len(list(Path("/proc/self/fd").iterdir()))


def script(folder, body):
    path = folder / "stand_in.py"
    path.write_text(f"import os, sys, time, signal\n{body}\n")
    return path


@pytest.fixture(autouse=True)
def nothing_left_behind():
    before, files = children(), open_files()
    yield
    assert children() <= before
    assert open_files() <= files


@pytest.mark.parametrize(
    "body",
    [
        "time.sleep(60)",
        "sys.stdin.read(); os.close(1); time.sleep(60)",
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); os.write(1, b'ab'); time.sleep(60)",
        "while True: pass",
    ],
    ids=["silent", "closes its output", "ignores signals", "busy"],
)
def test_a_hung_child_is_killed_and_reported(tmp_path, woman, body):
    hung = EspeakEngine(timeout=0.5, child=script(tmp_path, body))
    begun = time.monotonic()
    with pytest.raises(EngineError) as late:
        list(hung.synthesize("Hello.", woman, SynthesisParams(seed=1), progress=no_progress))
    assert late.value.code == "ENGINE_TIMEOUT"
    assert late.value.retryable
    assert time.monotonic() - begun < 5


def test_a_child_that_pours_out_audio_is_killed_at_the_cap(tmp_path):
    endless = script(tmp_path, "while True: os.write(1, b'x' * 65536)")
    with pytest.raises(EngineError) as refused:
        speak(HELLO, child=endless, max_seconds=2)
    assert refused.value.code == "ENGINE_FAILED"


def test_the_library_is_stopped_at_the_cap():
    assert speak(HELLO, max_seconds=0.25).size == int(0.25 * NATIVE_RATE)


@pytest.mark.parametrize("body", ["sys.exit(3)", "os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_child_that_dies_is_a_failure_worth_another_try(tmp_path, body):
    with pytest.raises(EngineError) as failed:
        speak(HELLO, child=script(tmp_path, body))
    assert failed.value.code == "ENGINE_FAILED"
    assert failed.value.retryable


def test_a_text_that_crashes_the_library_is_not_tried_again(tmp_path):
    with pytest.raises(EngineError) as crashed:
        speak(HELLO, child=script(tmp_path, "os.kill(os.getpid(), signal.SIGSEGV)"))
    assert crashed.value.code == "NO_SPEECH"
    assert not crashed.value.retryable


def test_the_child_sees_no_environment_and_no_text_in_its_arguments(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "hush")
    seen = tmp_path / "seen"
    body = (
        "seen = (dict(os.environ), sys.argv, os.listdir('/proc/self/fd'))\n"
        f"open({str(seen)!r}, 'w').write(repr(seen))"
    )
    speak(HELLO, child=script(tmp_path, body))
    environment, arguments, files = eval(seen.read_text())
    assert "SECRET_KEY" not in environment
    assert not any("Hello" in argument for argument in arguments)
    assert len(files) <= 5


def test_the_child_imports_nothing_but_the_standard_library_it_needs():
    source = process.CHILD.read_text()
    imported = [line for line in source.splitlines() if line.strip().startswith(("import", "from"))]
    assert {line.split()[1] for line in imported} == {
        "ctypes",
        "os",
        "re",
        "resource",
        "sys",
        "unicodedata",
    }


def test_a_request_that_is_dropped_half_way_leaves_nothing_behind(engine, woman):
    chunks = engine.synthesize(
        "One sentence is here. Another sentence is there. A third one follows.",
        woman,
        SynthesisParams(seed=1),
        progress=no_progress,
    )
    next(chunks)
    del chunks


def test_a_hundred_utterances_leave_nothing_behind():
    files = open_files()
    threads = threading.active_count()
    for _ in range(100):
        speak(HELLO)
    assert open_files() == files
    assert threading.active_count() == threads


def test_the_library_is_never_loaded_into_the_service():
    speak(HELLO)
    assert "espeak" not in Path("/proc/self/maps").read_text()


def test_the_child_may_write_no_file_and_dump_no_core():
    asked = (
        "import resource as r, runpy, sys; "
        "runpy.run_path(sys.argv[1])['limit'](7); "
        "print([r.getrlimit(n)[1] for n in (r.RLIMIT_CORE, r.RLIMIT_FSIZE, r.RLIMIT_CPU)])"
    )
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", asked, str(process.CHILD)],
        capture_output=True,
        check=True,
    )
    assert answer.stdout.split() == [b"[0,", b"0,", b"7]"]
