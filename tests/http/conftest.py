"""The web server as the documents have it started, with the probe as its application."""

import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.repository import ROOT
from tests.faults.installation import ServiceProcess, answers, wait_for
from tests.services.ports import free_port

PLACES = ("docs/operations.md", "deploy/systemd/voiceclone-web.service")


class ProbedServer:
    """A server of the probe in processes of its own."""

    def __init__(self, options: list[str], folder: Path) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        where = ["--host", "127.0.0.1", "--port", str(self.port)]
        command = [sys.executable, "-m", "uvicorn", "tests.http.probe:application"]
        self._process = ServiceProcess("probed", [*command, *options, *where], {}, folder)
        wait_for(lambda: answers(f"{self.url}/connection"), seconds=60, what="the server")

    def close(self) -> None:
        self._process.stop()


def documented_options(place: str) -> list[str]:
    """Return the options of the web's command without those that say where it listens."""
    written = (ROOT / place).read_text().replace("\\\n", " ")
    found = re.search(r"bin/uvicorn voiceclone\.asgi:application (.*)", written)
    assert found is not None
    options = shlex.split(found[1])
    for name in ("--host", "--port"):
        at = options.index(name)
        del options[at : at + 2]
    return options


@pytest.fixture(scope="package", params=PLACES)
def documented(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ProbedServer]:
    """The server as documented, on asyncio's own loop: uvloop, which tests have, is not locked."""
    options = [*documented_options(request.param), "--loop", "asyncio"]
    server = ProbedServer(options, tmp_path_factory.mktemp("probed"))
    yield server
    server.close()
