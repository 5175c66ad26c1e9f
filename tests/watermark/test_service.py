"""The whole service: with a detector beside it, and where Perth is not installed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.embedded.service import EmbeddedService
from tests.support import recordings
from tests.watermark import marked

pytestmark = pytest.mark.xdist_group("watermark-service")

# An interpreter to which a package is as good as not installed.
_WITHOUT_PERTH = """
import sys
from importlib.machinery import PathFinder

_find = PathFinder.find_spec

def find_spec(name, path=None, target=None):
    return None if name.partition(".")[0] == "perth" else _find(name, path, target)

PathFinder.find_spec = staticmethod(find_spec)
"""


@pytest.fixture
def start(tmp_path: Path) -> Iterator:
    running: list[EmbeddedService] = []

    def start(**settings: str) -> EmbeddedService:
        running.append(EmbeddedService(tmp_path / "home", **settings).start())
        return running[-1]

    yield start
    for service in running:
        service.close()


def detect(service: EmbeddedService, content: bytes) -> requests.Response:
    key = (service.home / "demo-key").read_text().strip()
    return requests.post(
        f"{service.url}/api/v1/watermark/detect",
        headers={"x-api-key": key},
        files={"file": ("audio.mp3", content)},
        timeout=90,
    )


def loads_torch(pid: int) -> bool:
    return "libtorch" in Path(f"/proc/{pid}/maps").read_text()


def children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for path in listed for child in path.read_text().split()]


def test_the_service_detects_and_never_loads_torch_itself(start) -> None:
    service = start()
    assert detect(service, marked.mp3(marked.marked())).json()["watermarked"] is True
    assert detect(service, recordings.mp3(3.0)).json()["watermarked"] is False
    assert service.process is not None
    web = service.process.pid
    assert not loads_torch(web)
    assert len([pid for pid in children(web) if loads_torch(pid)]) == 1


def test_where_perth_is_not_installed_it_says_so_and_never_no(start, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(_WITHOUT_PERTH)
    service = start(PYTHONPATH=str(tmp_path))
    for recording in (marked.mp3(marked.marked()), recordings.mp3(3.0)):
        reply = detect(service, recording)
        assert reply.status_code == 200
        body = reply.json()
        assert (body["success"], body["available"], body["watermarked"]) == (True, False, None)
        assert body["confidence"] is None
        assert body["detector"] == "perth-implicit"
        assert body["duration"] == pytest.approx(3.0, abs=0.1)
        assert body["message"] == (
            "The watermark detector is not installed here, so nothing is known of this audio."
        )
    refused = detect(service, b"no audio")
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_PARAMETERS")
