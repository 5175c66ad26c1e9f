"""Every program of docs/migration.md works when its two lines are changed, and no others are."""

from io import BytesIO
from pathlib import Path

import pytest

from inference.audio.decode import probe
from tests.chatterbox_api.live import Live
from tests.docs.programs import Change, changes_in, run_program
from tests.support import recordings

pytestmark = [pytest.mark.xdist_group("live-docs"), pytest.mark.timeout(200)]

CHANGES = changes_in("migration.md")
OURS = "https://voice.example.com"
OUR_KEY = "vc_your-key"
RECORDING = "https://recordings.example.com/voice.wav"
VENDORS = {
    "Another voice-cloning service",
    "Venice",
    "OpenAI",
    "A Chatterbox endpoint",
    "RunPod",
}
each_change = pytest.mark.parametrize("change", CHANGES, ids=str)


def test_each_vendor_s_programs_are_there_in_python_and_for_curl() -> None:
    for vendor in VENDORS:
        languages = {change.language for change in CHANGES if change.chapter == vendor}
        assert {"python", "sh"} <= languages, vendor
    assert {change.chapter for change in CHANGES} == VENDORS


@each_change
def test_two_lines_change_the_address_and_the_key(change: Change) -> None:
    before, after = change.kept("-"), change.kept("+")
    assert (len(before), len(after)) == (2, 2)
    assert OURS in after[0]
    assert OUR_KEY in after[1]
    assert change.kept(" ")
    assert change.after.count(OURS) == change.after.count(OUR_KEY) == 1


@each_change
def test_the_changed_program_leaves_audio(change: Change, live: Live, tmp_path: Path) -> None:
    (tmp_path / "voice.wav").write_bytes(recordings.wav(6.0))
    source = change.after.replace(OURS, live.url).replace(OUR_KEY, live.key)
    source = source.replace(RECORDING, live.reference)
    run_program(change.language, source, tmp_path, package=change.package)
    [audio] = tmp_path.glob("speech.*[3v]")
    info = probe(BytesIO(audio.read_bytes()))
    assert info.container == audio.suffix.removeprefix(".")
    assert info.duration > 0.5
    assert "Traceback" not in live.service.said()
