"""One program with each version of OpenAI's Python client that people have."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.support.packages import python_with
from tests.venice.live import LiveService

pytestmark = pytest.mark.xdist_group("live-venice")

PROGRAM = Path(__file__).parent / "programs" / "openai_client.py"
FIRST = "The first sentence is on its way."


@pytest.fixture(params=["2", "3"])
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def interpreter(version: str) -> str:
    """An interpreter with that version: 2 is the one that the tests have."""
    return sys.executable if version == "2" else str(python_with("openai>=3,<4"))


def test_the_client_hears_the_beginning_before_the_end_is_made_and_reads_errors(
    live: LiveService, interpreter: str, version: str
) -> None:
    gate, other = live.gate(), live.gate()
    streamed, failing = f"{FIRST} {gate} And more.", f"{FIRST} {other} {{raise}}"
    with subprocess.Popen(
        [interpreter, "-I", str(PROGRAM), f"{live.url}/v1", live.key, streamed, failing],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as program:  # fmt: skip
        try:
            assert program.stdin is not None
            assert said(program)["version"].startswith(f"{version}.")
            begun = said(program)
            assert begun["first"] > 0
            assert live.place.state(begun["speech"]) == "RUNNING"
            gate.open()
            print(file=program.stdin, flush=True)
            assert said(program)["rest"] > 1000
            assert said(program)["whole"] > 1000
            assert said(program)["event"]
            other.open()
            print(file=program.stdin, flush=True)
            assert said(program) == {
                "error": "the engine was told to fail",
                "code": "engine_failed",
            }
            assert {"tts-1", "kokoro"} <= set(said(program)["models"])
            assert said(program)["refused"] == ["decimal_above_max_value", "speed"]
            assert program.wait(20) == 0
        finally:
            program.kill()


def said(program: "subprocess.Popen[str]") -> dict[str, Any]:
    """Return the program's next step."""
    assert program.stdout is not None
    line = program.stdout.readline()
    assert line, "the program ended before its time"
    step: dict[str, Any] = json.loads(line)
    return step
