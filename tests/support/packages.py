"""Packages of Python's registry in environments of their own, beside those of the tests.

An environment is made once and kept in the machine's temporary folder.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

_SECONDS = 150
_UNREACHABLE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError"
    r"|Connection (refused|reset)|Network is unreachable|HTTPSConnectionPool"
)


def python_with(requirement: str) -> Path:
    """Return an interpreter that has a package, or skip the test where it cannot be fetched."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = re.sub(r"[^\w.]+", "-", f"{requirement}-python-{version}")
    kept = Path(tempfile.gettempdir()) / f"voiceclone-tests-{os.getuid()}"
    kept.mkdir(mode=0o700, exist_ok=True)
    assert kept.stat().st_uid == os.getuid(), f"{kept} belongs to somebody else"
    folder = kept / name
    if not folder.exists():
        made = Path(tempfile.mkdtemp(dir=kept))
        _run([sys.executable, "-m", "venv", "--without-pip", "--symlinks", str(made)], requirement)
        python = str(made / "bin" / "python")
        _run(
            [
                sys.executable, "-m", "pip", "--python", python, "install", "--quiet",
                "--disable-pip-version-check", "--only-binary", ":all:", "--retries", "1",
                requirement,
            ],
            requirement,
        )  # fmt: skip
        if not folder.exists():  # nobody was quicker
            made.rename(folder)
    return folder / "bin" / "python"


def _run(command: list[str], requirement: str) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{requirement} could not be installed: the registry does not answer")
    if done.returncode and _UNREACHABLE.search(done.stderr):
        pytest.skip(f"{requirement} could not be installed: the registry cannot be reached")
    assert done.returncode == 0, done.stderr
