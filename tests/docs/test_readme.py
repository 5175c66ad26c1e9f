"""The commands that the README shows work on a running service."""

import re
import shutil
import subprocess
from io import BytesIO
from pathlib import Path

import pytest

from inference.audio.decode import probe
from tests.chatterbox_api.live import Live
from tests.docs.programs import run_program
from tests.docs.repository import ROOT

pytestmark = pytest.mark.xdist_group("live-docs")

AUDIO = {"speech.mp3", "openai.mp3", "chatterbox.wav", "runpod.wav"}
_BLOCK = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


def test_each_dialect_s_commands_leave_audio(live: Live, tmp_path: Path) -> None:
    run_program("sh", "".join(prepared(live, tmp_path, live.key)), tmp_path)
    for name in AUDIO:
        info = probe(BytesIO((tmp_path / name).read_bytes()))
        assert info.duration > 0.3, name
    left = {each.name for each in tmp_path.iterdir()} - {"var", "samples"}
    assert left == AUDIO
    assert left <= {line.strip("/") for line in (ROOT / ".gitignore").read_text().split()}


@pytest.mark.parametrize("shell", ["sh", "bash"])
def test_a_wrong_key_ends_the_quick_start_at_once_with_the_error_on_the_screen(
    live: Live, tmp_path: Path, shell: str
) -> None:
    quick_start = prepared(live, tmp_path, "vc_wrong")[0]
    done = subprocess.run(
        [shell, "-c", quick_start],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert '"error"' in done.stderr
    assert "the voice was not cloned" in done.stderr
    assert "speech" not in done.stderr
    assert not (tmp_path / "speech.mp3").exists()


def prepared(live: Live, folder: Path, key: str) -> list[str]:
    """Return the blocks of commands, and lay out in ``folder`` what they read."""
    blocks = _BLOCK.findall((ROOT / "README.md").read_text())
    calls = [
        block.replace("http://127.0.0.1:8000", live.url) for block in blocks if "curl" in block
    ]
    assert len(calls) == 4
    (folder / "var").mkdir()
    (folder / "var" / "demo-key").write_text(key)
    shutil.copytree(ROOT / "samples", folder / "samples")
    return calls
