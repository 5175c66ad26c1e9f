"""Real clients against the whole service: RunPod's own, and the documented programs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.live import Live
from tests.support import recordings
from tests.support.node import found, install

pytestmark = [pytest.mark.xdist_group("live-runpod"), pytest.mark.timeout(200)]

PROGRAMS = Path(__file__).parent / "programs"
PACKAGES = ("runpod-sdk@1.1.2", "axios@1.21.1")


def run(live: Live, folder: Path, *command: str, endpoint: str, **more: str) -> None:
    """Run a program in ``folder`` to its good end."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "BASE": f"{live.url}/v2",
        "ENDPOINT": endpoint,
        "KEY": live.key,
        **more,
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=150,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
    assert done.stdout.splitlines()[-1] == "well"
    assert "Traceback" not in live.said()


@pytest.fixture(scope="package")
def packages(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a folder with the JavaScript packages."""
    folder = tmp_path_factory.mktemp("packages")
    install(folder, *PACKAGES)
    return str(folder)


def test_runpods_python_client(live: Live, tmp_path: Path) -> None:
    run(live, tmp_path, sys.executable, str(PROGRAMS / "client.py"), endpoint="client")


def test_the_documented_python_programs(live: Live, tmp_path: Path) -> None:
    recording = tmp_path / "my_voice_recording.wav"
    recording.write_bytes(recordings.wav(6.0))
    program = [sys.executable, str(PROGRAMS / "documented.py"), str(recording)]
    run(live, tmp_path, *program, endpoint="c2wmx1ln5ccp6c")


def test_the_documented_curl_programs(live: Live, tmp_path: Path) -> None:
    found("curl")
    run(live, tmp_path, "bash", str(PROGRAMS / "documented.sh"), endpoint="curl")


def test_the_documented_javascript_programs(live: Live, packages: str, tmp_path: Path) -> None:
    program = [found("node"), str(PROGRAMS / "documented.mjs")]
    run(live, tmp_path, *program, endpoint="javascript", PACKAGES=packages)


def test_runpods_javascript_client(live: Live, packages: str, tmp_path: Path) -> None:
    program = [found("node"), str(PROGRAMS / "sdk.mjs")]
    run(live, tmp_path, *program, endpoint="sdk", PACKAGES=packages)
