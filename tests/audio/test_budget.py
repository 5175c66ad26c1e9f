"""What looking into a hostile recording costs, counted in what is decoded."""

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from inference.audio import frames
from inference.audio.budget import MAX_VALUES, Budget
from inference.audio.decode import LISTENED_SECONDS, decode, probe
from inference.audio.errors import AudioError, CancelledError

from . import files
from .signals import RATE, tone

ONE_FRAME = 65_535 * 8


def silence(seconds: int, rate: int, layout: str) -> bytes:
    """Return a FLAC that is small and unfolds to a lot."""
    target = io.BytesIO()
    with av.open(target, "w", format="flac") as output:
        stream = output.add_stream("flac", rate=rate, layout=layout)
        stream.options = {"frame_size": "65535", "compression_level": "0"}
        channels = stream.layout.nb_channels
        block = np.zeros((1, rate * channels), np.int16)
        for second in range(seconds):
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout=layout)
            frame.sample_rate, frame.pts = rate, second * rate
            frame.time_base = Fraction(1, rate)
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return target.getvalue()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """300 s of silence at 384 kHz on 8 channels: 90 KB, and 900 million samples."""
    data = silence(300, 384_000, "7.1")
    assert len(data) < 100_000
    return data


def test_a_recording_that_unfolds_without_measure_is_refused_at_the_budget(bomb: bytes) -> None:
    budget = Budget()
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(bomb), budget=budget)
    assert caught.value.code == "TOO_LARGE"
    assert MAX_VALUES < budget.values <= MAX_VALUES + ONE_FRAME


def test_every_probe_has_the_budget(bomb: bytes) -> None:
    with pytest.raises(AudioError, match="lower sample rate"):
        probe(io.BytesIO(bomb))


def test_a_probe_converts_nothing_and_listens_no_longer_than_a_voice_is_looked_for(
    bomb: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    listened: list[int] = []
    is_silent = frames.is_silent

    def counted(frame: av.AudioFrame) -> bool:
        listened.append(frame.samples)
        return is_silent(frame)

    monkeypatch.setattr("inference.audio.decode.is_silent", counted)
    monkeypatch.setattr("inference.audio.source.planes_of", None)
    with pytest.raises(AudioError):
        probe(io.BytesIO(bomb), budget=Budget())
    assert sum(listened) <= LISTENED_SECONDS * 384_000 + 65_535
    listened.clear()
    probe(io.BytesIO(files.make("pcm_s16le", "wav", tone(30), RATE)))
    assert len(listened) == 1


def test_the_cpu_time_of_a_probe_is_bounded() -> None:
    data = files.make("libmp3lame", "mp3", tone(2.5, rate=44_100), 44_100)
    budget = Budget(cpu_seconds=0.0)
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(data), budget=budget)
    assert (caught.value.code, budget.packets) == ("TOO_LARGE", 1)


def test_packets_that_do_not_decode_count_as_well() -> None:
    data = files.make("libmp3lame", "mp3", tone(2.5, rate=44_100), 44_100)
    budget = Budget()
    probe(io.BytesIO(data), budget=budget)
    whole = budget.packets
    damaged = bytearray(data)
    for at in range(len(data) // 2, len(data) - 8, 64):
        damaged[at : at + 8] = bytes(8)
    budget = Budget()
    probe(io.BytesIO(bytes(damaged)), budget=budget)
    assert budget.packets > whole // 2


def test_a_probe_stops_when_nobody_waits_for_it(bomb: bytes) -> None:
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) == 3

    budget = Budget(cancelled=cancelled)
    with pytest.raises(CancelledError):
        probe(io.BytesIO(bomb), budget=budget)
    assert budget.packets == 3


@pytest.mark.parametrize(
    ("rate", "layout", "seconds"),
    [(192_000, "5.1", 300), (192_000, "stereo", 600), (48_000, "5.1", 600), (384_000, "mono", 300)],
)
def test_what_is_recorded_anywhere_is_within_the_budget(
    rate: int, layout: str, seconds: int
) -> None:
    budget = Budget()
    info = probe(io.BytesIO(silence(seconds, rate, layout)), budget=budget)
    assert (info.duration, info.rate) == (seconds, rate)
    assert budget.values == rate * seconds * info.channels


@pytest.mark.parametrize("channels", [1, 2, 6])
@pytest.mark.parametrize("rate", [8_000, 44_100, 96_000, 192_000])
def test_ordinary_recordings_are_measured_as_they_are_decoded(rate: int, channels: int) -> None:
    samples = np.tile(tone(1.5, rate=rate), (channels, 1))
    data = files.make("flac", "flac", samples, rate)
    info = probe(io.BytesIO(data))
    assert (info.duration, info.rate, info.channels) == (1.5, rate, channels)
    assert decode(io.BytesIO(data), rate=24_000, max_seconds=60).size == 36_000


def test_a_file_of_many_tracks_is_not_opened() -> None:
    target = io.BytesIO()
    with av.open(target, "w", format="mp4") as output:
        streams = [output.add_stream("aac", rate=48_000, layout="mono") for _ in range(40)]
        block = np.zeros((1, 1024), np.float32)
        for stream in streams:
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts, frame.time_base = 48_000, 0, Fraction(1, 48_000)
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    with pytest.raises(AudioError) as caught:
        probe(io.BytesIO(target.getvalue()))
    assert caught.value.code == "UNREADABLE"
