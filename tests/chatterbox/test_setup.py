"""What is checked before anything runs: settings, environment, weights."""

import itertools
import sys

import pytest
import torch

from inference.engines.base import EngineError
from inference.engines.chatterbox import environment, environment_problems
from inference.engines.chatterbox.checkpoint import load_checkpoint
from inference.engines.chatterbox.settings import Settings
from inference.engines.chatterbox.watermark import MarkedStream
from inference.engines.registry import BUILT_IN


def test_settings_come_from_the_environment():
    read = Settings.from_environment(
        {
            "CHATTERBOX_CHECKPOINT": "/weights",
            "CHATTERBOX_MODEL": "Turbo",
            "CHATTERBOX_SLOTS": "8",
            "CHATTERBOX_IDLE_SECONDS": "1.5",
            "CHATTERBOX_TRACE": "1",
        }
    )
    assert str(read.checkpoint) == "/weights"
    assert (read.model, read.slots, read.idle_seconds, read.trace) == ("turbo", 8, 1.5, True)
    assert Settings.from_environment({}) == Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [("MODEL", "german"), ("SLOTS", "many"), ("SLOTS", "-1"), ("TIMEOUT", "nan"), ("HOPS", "2")],
)
def test_a_wrong_setting_is_named(name, value):
    with pytest.raises(EngineError, match=f"CHATTERBOX_{name}") as failure:
        Settings.from_environment({f"CHATTERBOX_{name}": value})
    assert failure.value.code == "MISCONFIGURED"


def test_this_environment_has_no_problems():
    assert environment_problems() == []


def test_what_is_missing_is_named_with_its_mend(monkeypatch):
    find = environment.find_spec
    monkeypatch.setattr(
        environment,
        "find_spec",
        lambda name: None if name in {"chatterbox", "pkg_resources"} else find(name),
    )
    missing, marks = environment_problems()
    assert "chatterbox is missing" in missing
    assert "pip install" in missing
    assert "setuptools<81" in marks


def test_the_engine_is_known_by_its_name_and_imported_only_on_demand():
    import subprocess

    assert "chatterbox" in BUILT_IN
    code = (
        "import sys, inference.engines.registry, inference.engines.chatterbox;"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_without_weights_says_what_it_lacks(tmp_path):
    with pytest.raises(EngineError, match=r"t3_cfg.safetensors") as failure:
        load_checkpoint(Settings(checkpoint=tmp_path, device="cpu"))
    assert failure.value.code == "WEIGHTS_MISSING"


def test_weights_that_cannot_be_downloaded_are_one_clear_sentence():
    with pytest.raises(EngineError, match="CHATTERBOX_CHECKPOINT") as failure:
        load_checkpoint(Settings(model="turbo", device="cpu"))
    assert failure.value.code == "WEIGHTS_MISSING"
    assert "\\n" not in failure.value.message


@pytest.mark.parametrize("name", ["english", "multilingual-v2", "turbo"])
def test_weights_are_those_that_the_package_s_own_loader_reads(name, checkpoint_of, stock_of):
    ours, stock = checkpoint_of(name), stock_of(name)
    pairs = ((ours.t3, stock.t3), (ours.s3gen, stock.s3gen), (ours.encoder, stock.ve))
    for mine, theirs in pairs:
        expected = theirs.state_dict()
        for key, value in mine.state_dict().items():
            if key in expected:  # the vocoder's normalisation may be folded in already
                assert torch.equal(value, expected[key])


def test_marking_in_chunks_changes_no_more_than_marking_the_whole(stock_of):
    """Chunks of any size come out complete, close to the original, and detectably marked."""
    import numpy as np

    from inference.engines.chatterbox.watermark import Watermarker

    marker = Watermarker()
    random = np.random.default_rng(1)
    audio = (np.cumsum(random.normal(0, 0.01, 96_000)) % 0.4 - 0.2).astype(np.float32)
    stream, parts = MarkedStream(marker), []
    edges = [0, 100, 7_000, 7_001, 30_000, 60_000, 96_000]
    for start, end in itertools.pairwise(edges):
        parts.append(stream.push(audio[start:end], last=end == 96_000))
    marked = np.concatenate(parts)
    assert marked.size == audio.size
    whole = marker.mark(audio)
    assert np.abs(marked - audio).max() < 2 * np.abs(whole - audio).max() + 0.01
    assert marker.detects(marked)
    assert not marker.detects(audio)
