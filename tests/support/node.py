"""JavaScript programs: node, and packages of npm's registry, where they can be had.

Where they cannot, the test says so as the reason it was skipped.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_SECONDS = 90


def found(tool: str) -> str:
    """Return where a tool lies, or skip the test."""
    path = shutil.which(tool)
    if path is None:
        pytest.skip(f"{tool} is not installed, so nothing was tried with it")
    return path


def install(folder: Path, *packages: str) -> None:
    """Install packages of npm's registry into ``folder``, or skip the test."""
    (folder / "package.json").write_text('{"private": true, "type": "module"}')
    options = ["--no-audit", "--no-fund", "--ignore-scripts"]
    named = ", ".join(packages)
    try:
        done = subprocess.run(
            [found("npm"), "install", *options, *packages],
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=_SECONDS,
            check=False,
            env=os.environ | {"npm_config_fetch_retries": "0"},
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"{named} could not be installed: npm's registry does not answer")
    if done.returncode:
        pytest.skip(f"{named} could not be installed: {done.stderr.strip()[-300:]}")
