"""The commands that the README shows work on a running service."""

import re
import shutil
from io import BytesIO
from pathlib import Path

import pytest

from inference.audio.decode import probe
from tests.chatterbox_api.live import Live
from tests.docs.programs import run_program
from tests.docs.repository import ROOT

pytestmark = pytest.mark.xdist_group("live-docs")

_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_each_dialect_s_commands_leave_audio(live: Live, tmp_path: Path) -> None:
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    calls = [block for block in blocks if "curl" in block]
    assert len(calls) == 4
    source = "".join(calls).replace("http://127.0.0.1:8000", live.url)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "demo-key").write_text(live.key)
    shutil.copytree(ROOT / "samples", tmp_path / "samples")
    run_program("sh", source, tmp_path)
    for name in ("speech.mp3", "openai.mp3", "chatterbox.wav", "runpod.wav"):
        info = probe(BytesIO((tmp_path / name).read_bytes()))
        assert info.duration > 0.3, name
