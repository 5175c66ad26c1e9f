"""Programs that the documentation shows, and how they are run."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.docs.repository import ROOT
from tests.support.node import found, install

_BLOCK = re.compile(r"^```diff (\w+) ?(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HEADING = re.compile(r"^## (.*)$", re.MULTILINE)
_NODE_PACKAGES = {"openai": ["openai@6.30.1"], "axios": ["axios@1.21.1", "form-data@4.0.6"]}


@dataclass(frozen=True)
class Change:
    """A program shown with the lines that change in it."""

    chapter: str
    number: int
    language: str
    package: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.chapter}, {self.language} {self.number}"

    def kept(self, sign: str) -> list[str]:
        """Return the lines that begin with ``sign``, without it."""
        return [line[1:] for line in self.lines if line.startswith(sign)]

    @property
    def after(self) -> str:
        """The program once it is changed."""
        return "\n".join(line[1:] for line in self.lines if not line.startswith("-")) + "\n"


def changes_in(page: str) -> list[Change]:
    """Return the programs that a page of docs/ shows as differences."""
    text = (ROOT / "docs" / page).read_text()
    headings = [(title.start(), title[1]) for title in _HEADING.finditer(text)]
    return [
        Change(
            chapter=[name for start, name in headings if start < block.start()][-1],
            number=number,
            language=block[1],
            package=block[2],
            lines=tuple(block[3].splitlines()),
        )
        for number, block in enumerate(_BLOCK.finditer(text))
    ]


def run_program(language: str, source: str, folder: Path, *, package: str = "") -> str:
    """Run a program in ``folder`` and return what it printed; fail where it does.

    Skips where the machine has nothing to run it with, and says so.
    """
    match language:
        case "python":
            command = [sys.executable, "-c", source]
        case "javascript":
            if package:
                install(folder, *_NODE_PACKAGES[package])
            (folder / "program.mjs").write_text(source)
            command = [found("node"), "program.mjs"]
        case _:
            for tool in ("curl", "jq"):
                if re.search(rf"\b{tool}\b", source):
                    found(tool)
            command = [found("bash"), "-euo", "pipefail", "-c", source]
    done = subprocess.run(
        command,
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
