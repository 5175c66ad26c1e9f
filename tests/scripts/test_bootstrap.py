"""scripts/bootstrap.sh, with an interpreter that only pretends to install anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.repository import ROOT

PYTHON = """\
#!/bin/sh
# An interpreter like the tests' own, but for what it installs.
case "$*" in
*_base_executable*) echo "$0" ;;
*"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo venv >>"$CALLS" ;;
*"-m pip"*)
    echo pip >>"$CALLS"
    [ -z "${BREAKS:-}" ] || exit 1
    ;;
*) exec {real} "$@" ;;
esac
"""


class Clone:
    """A copy of the source, as far as the script looks at it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.venv = folder / ".venv"
        self._calls = folder.parent / f"{folder.name}.calls"
        (folder / "scripts").mkdir(parents=True)
        (folder / "requirements").mkdir()
        script = (ROOT / "scripts" / "bootstrap.sh").read_text()
        (folder / "scripts" / "bootstrap.sh").write_text(script)
        (folder / "requirements" / "run.txt").write_text("a-package==1.0\n")
        self._python = folder.parent / f"{folder.name}.python"
        self._python.write_text(PYTHON.replace("{real}", sys.executable))
        self._python.chmod(0o755)

    def bootstrap(self, **environment: str) -> str:
        """Run the script; returns the line that it ends with, or "" where all went well."""
        done = subprocess.run(
            ["sh", "scripts/bootstrap.sh", "run"],
            cwd=self.folder, capture_output=True, text=True, timeout=60, check=False,
            env={
                "PATH": os.environ["PATH"], "PYTHON": str(self._python),
                "CALLS": str(self._calls), **environment,
            },
        )  # fmt: skip
        assert (done.returncode == 0) == (done.stderr == ""), done
        return done.stderr.strip()

    def calls(self) -> list[str]:
        """Return what was pretended since the last look."""
        found = self._calls.read_text().split() if self._calls.exists() else []
        self._calls.unlink(missing_ok=True)
        return found


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    return Clone(tmp_path / "clone")


def test_it_makes_the_environment_once(clone: Clone) -> None:
    assert clone.bootstrap() == ""
    assert clone.calls() == ["venv", "pip"]
    assert clone.bootstrap() == ""
    assert clone.calls() == []


def test_a_link_is_refused_and_what_it_leads_to_stays_as_it_is(clone: Clone) -> None:
    theirs = Clone(clone.folder.parent / "theirs")
    assert theirs.bootstrap() == ""
    before = {path: path.stat().st_mtime_ns for path in theirs.venv.rglob("*")}
    clone.venv.symlink_to(theirs.venv)
    assert clone.bootstrap().startswith("voiceclone: .venv is a link")
    assert clone.venv.is_symlink()
    assert {path: path.stat().st_mtime_ns for path in theirs.venv.rglob("*")} == before
    assert clone.calls() == []


def test_a_link_that_leads_nowhere_is_refused_too(clone: Clone) -> None:
    clone.venv.symlink_to(clone.folder / "nowhere")
    assert clone.bootstrap().startswith("voiceclone: .venv is a link")


def test_a_folder_that_somebody_else_made_is_refused_and_stays(clone: Clone) -> None:
    (clone.venv / "bin").mkdir(parents=True)
    (clone.venv / "bin" / "precious").write_text("theirs")
    assert "was not made by this script" in clone.bootstrap()
    assert (clone.venv / "bin" / "precious").read_text() == "theirs"
    assert clone.calls() == []


def test_an_empty_folder_is_taken(clone: Clone) -> None:
    clone.venv.mkdir()
    assert clone.bootstrap() == ""
    assert clone.calls() == ["venv", "pip"]


def test_a_new_lock_is_installed_into_the_same_environment(clone: Clone) -> None:
    assert clone.bootstrap() == ""
    (clone.venv / "kept").touch()
    (clone.folder / "requirements" / "run.txt").write_text("a-package==2.0\n")
    assert clone.bootstrap() == ""
    assert (clone.venv / "kept").exists()
    assert clone.calls() == ["venv", "pip", "pip"]


def test_a_clone_that_was_moved_gets_a_new_environment(clone: Clone) -> None:
    assert clone.bootstrap() == ""
    (clone.venv / "from the old place").touch()
    clone.folder = clone.folder.rename(clone.folder.parent / "moved")
    clone.venv = clone.folder / ".venv"
    assert clone.bootstrap() == ""
    assert not (clone.venv / "from the old place").exists()
    assert not (clone.folder / ".venv.old").exists()


def test_an_install_that_was_cut_short_is_begun_anew(clone: Clone) -> None:
    assert "could not be installed" in clone.bootstrap(BREAKS="1")
    (clone.venv / "half").touch()
    assert clone.bootstrap() == ""
    assert not (clone.venv / "half").exists()
    assert clone.calls() == ["venv", "pip", "venv", "pip"]
