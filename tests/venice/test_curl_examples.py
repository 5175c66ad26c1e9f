"""The commands of the published guide, with our address, key and recording put in."""

import json
import shutil
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pytest

from inference.audio.decode import probe
from tests.venice.live import LiveService

pytestmark = pytest.mark.xdist_group("live-venice")

THEIRS = "https://api.venice.ai/api/v1"

# Where there is no jq, Python reads the id out; nothing else differs.
PICK_ID = (
    "jq -r '.id'"
    if shutil.which("jq")
    else f"""{sys.executable} -c 'import json, sys; print(json.load(sys.stdin)["id"])'"""
)

UPLOAD = r"""
curl https://api.venice.ai/api/v1/audio/voices \
  -H "Authorization: Bearer $VENICE_API_KEY" \
  -F "model=tts-chatterbox-hd" \
  -F "file=@./reference-voice.wav"
"""

SPEAK = r"""
curl https://api.venice.ai/api/v1/audio/speech \
  -H "Authorization: Bearer $VENICE_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "tts-chatterbox-hd",
    "voice": "'"$VENICE_VOICE_ID"'",
    "input": "Hello from Venice. This audio is generated with a cloned Chatterbox HD voice.",
    "response_format": "mp3"
  }' \
  --output chatterbox-clone.mp3
"""

COMPLETE = r"""
VOICE_ID=$(
  curl -s https://api.venice.ai/api/v1/audio/voices \
    -H "Authorization: Bearer $VENICE_API_KEY" \
    -F "model=tts-chatterbox-hd" \
    -F "file=@./reference-voice.wav" | PICK_ID
)

curl https://api.venice.ai/api/v1/audio/speech \
  -H "Authorization: Bearer $VENICE_API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "tts-chatterbox-hd",
    "voice": "'"$VOICE_ID"'",
    "input": "This is a complete Chatterbox HD voice cloning example.",
    "response_format": "mp3",
    "speed": 1
  }' \
  --output chatterbox-clone.mp3
"""

DISCOVER = r"""
curl "https://api.venice.ai/api/v1/models?type=tts" \
  -H "Authorization: Bearer $VENICE_API_KEY"
"""


def run(live: LiveService, commands: str, **more: str) -> str:
    commands = commands.replace(THEIRS, f"{live.url}/api/v1").replace("PICK_ID", PICK_ID)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=live.recording.parent,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "VENICE_API_KEY": live.key} | more,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def clone(live: LiveService) -> Path:
    path = live.recording.with_name("chatterbox-clone.mp3")
    path.unlink(missing_ok=True)
    return path


def assert_mp3(path: Path) -> None:
    info = probe(BytesIO(path.read_bytes()))
    assert (info.container, info.duration > 1) == ("mp3", True)


def test_step_one_uploads_and_step_two_speaks(live: LiveService, clone: Path) -> None:
    made = json.loads(run(live, UPLOAD))
    assert set(made) == {"id", "model"}
    assert made["id"].startswith("vv_")
    assert made["model"] == "tts-chatterbox-hd"
    run(live, SPEAK, VENICE_VOICE_ID=made["id"])
    assert_mp3(clone)


def test_the_complete_example_leaves_the_audio(live: LiveService, clone: Path) -> None:
    run(live, COMPLETE)
    assert_mp3(clone)


def test_support_for_cloning_is_discovered(live: LiveService) -> None:
    models = json.loads(run(live, DISCOVER))["data"]
    found = next(model for model in models if model["id"] == "tts-chatterbox-hd")
    assert found["model_spec"]["voice_cloning"] == {
        "mode": "zero_shot",
        "accepted_formats": ["mp3", "wav", "flac", "m4a"],
        "min_sample_seconds": 5,
        "retention_days": 7,
    }
