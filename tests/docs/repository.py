"""What the tests of the documentation read: our own files, and tables in Markdown."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
_NOT_OURS = {".venv", "var", "node_modules", "static", "staticfiles"}


def our_files(*suffixes: str) -> list[Path]:
    """Return the files of the source tree that end so: those git knows or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if listed.returncode == 0:
        found = {ROOT / name for name in listed.stdout.split("\0") if name}
    else:  # an unpacked archive
        found = set(_walk(ROOT))
    return sorted(
        path for path in found if path.is_file() and (not suffixes or path.suffix in suffixes)
    )


def table_rows(text: str) -> Iterator[list[str]]:
    """Yield the cells of each row of the tables in ``text``, without heads and rules."""
    lines = text.splitlines()
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and lines[number + 1].startswith("|--")
        if line.startswith("|") and not line.startswith("|--") and not is_head:
            yield [cell.strip() for cell in line.strip("|").split("|")]


def columns(text: str, title: str) -> Iterator[tuple[list[str], str]]:
    """Yield each row of the tables that have a column ``title``, and its cell there."""
    place: int | None = None
    for line in text.splitlines():
        if not line.startswith("|"):
            place = None
            continue
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if place is not None and not line.startswith("|--"):
            yield cells, cells[place]
        elif title in cells:
            place = cells.index(title)


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_dir():
            if path.name not in _NOT_OURS and not path.name.startswith("."):
                yield from _walk(path)
        else:
            yield path
