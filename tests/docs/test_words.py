"""What no file of the tree may hold, and what every document must keep to."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.repository import ROOT, our_files

MARKERS = ("TODO", "FIXME", "XXX", "HACK", "WIP", "TBD")
_MARKER = re.compile(rf"\b({'|'.join(MARKERS)})\b")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
_CALLED = re.compile(r"\bmake ([a-z][a-z-]*)\b")
_SHOWN = re.compile(r"```sh\n(.*?)```|`(make [^`]*)`", re.DOTALL)
_NAMES_THEM = {Path(__file__).resolve(), ROOT / "pyproject.toml"}
_NOT_READ = {"requirements", "samples"}

DOCUMENTS = our_files(".md")


def test_the_tree_holds_no_marks_of_unfinished_work() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in our_files()
        if path.resolve() not in _NAMES_THEM and path.relative_to(ROOT).parts[0] not in _NOT_READ
        for number, line in enumerate(_text_of(path).splitlines(), 1)
        if _MARKER.search(line)
    ]
    assert found == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_relative_links_lead_somewhere(document: Path) -> None:
    broken = [link for link in _links_of(document) if not _leads_somewhere(document, link)]
    assert broken == []


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "docs/operations.md"])
def test_every_make_target_that_is_named_exists(name: str) -> None:
    targets = set(_TARGET.findall((ROOT / "Makefile").read_text()))
    shown = "\n".join("".join(either) for either in _SHOWN.findall(_read(name)))
    assert set(_CALLED.findall(shown)) - targets == set()


def test_every_page_is_in_the_index() -> None:
    linked = {
        (ROOT / "docs" / link.partition("#")[0]).resolve()
        for link in _links_of(ROOT / "docs" / "README.md")
    }
    pages = {path for path in DOCUMENTS if path.parent == ROOT / "docs"}
    assert pages - linked - {ROOT / "docs" / "README.md"} == set()


def test_decisions_are_numbered_once_and_have_their_parts() -> None:
    decisions = sorted(path for path in DOCUMENTS if path.parent.name == "decisions")
    numbers = [path.name[:4] for path in decisions]
    assert len(numbers) == len(set(numbers))
    for path in decisions:
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        for part in ("Status: ", "## Context", "## Decision", "## Consequences"):
            assert part in text, (path.name, part)


def _read(name: str) -> str:
    return (ROOT / name).read_text()


def _text_of(path: Path) -> str:
    try:
        return path.read_text()
    except UnicodeDecodeError:
        return ""  # audio and the like


def _links_of(document: Path) -> list[str]:
    prose = _FENCE.sub("", document.read_text())
    return [link for link in _LINK.findall(prose) if "://" not in link]


def _leads_somewhere(document: Path, link: str) -> bool:
    name, _, anchor = unquote(link).partition("#")
    target = (document.parent / name).resolve() if name else document
    if not target.exists():
        return False
    return not anchor or anchor in _anchors_of(target)


def _anchors_of(document: Path) -> set[str]:
    """Return the anchors that a document's headings get."""
    headings = re.findall(r"^#+ (.*)$", _FENCE.sub("", document.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}
