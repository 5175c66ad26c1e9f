"""S3Gen equals the package's given the same noise, in batches and in hops."""

import itertools
from typing import Any

import pytest
import torch

from inference.engines.chatterbox.hift import HiFT
from inference.engines.chatterbox.stream import Stream
from inference.engines.chatterbox.vocoder import Vocoder
from tests.chatterbox.noise import noise_of, reference_of
from tests.chatterbox.speaking import prompt_for

SAMPLES = 960  # of a token


def vocoder_for(checkpoint: Any, **changes: Any) -> Vocoder:
    settings = {"most": 8, "padded": False} | changes
    return Vocoder(checkpoint.s3gen, steps=checkpoint.family.flow_steps, **settings)


def tokens_of(count: int, seed: int = 0) -> list[int]:
    random = torch.Generator().manual_seed(seed)
    return torch.randint(0, 6561, (count,), generator=random).tolist()


def stream_of(checkpoint: Any, count: int, *, seed: int = 5, hops: bool = False) -> Stream:
    tokens = tokens_of(count, seed)
    return Stream(prompt_for(checkpoint), seed, hops=hops, tokens=tokens, ended=not hops)


@torch.inference_mode()
def whole(vocoder: Vocoder, *streams: Stream) -> list[torch.Tensor]:
    return vocoder.speak(streams)


@torch.inference_mode()
def in_hops(vocoder: Vocoder, stream: Stream) -> list[torch.Tensor]:
    """Feed the stream's tokens one by one and return its chunks."""
    coming, stream.tokens, chunks = list(stream.tokens), [], []
    while not stream.finished:
        if coming:
            stream.tokens.append(coming.pop(0))
        else:
            stream.ended = True
        if stream.ready:
            chunks.extend(vocoder.speak([stream]))
    return chunks


@pytest.mark.parametrize("name", ["english", "turbo"])
def test_samples_are_those_of_the_stock_vocoder(
    name, checkpoint_of, stock_of, monkeypatch: pytest.MonkeyPatch
):
    checkpoint, stock = checkpoint_of(name), stock_of(name)
    stream = stream_of(checkpoint, 30)
    prompt, count = stream.prompt, len(stream.tokens)
    with noise_of(monkeypatch, stream.seed, len(prompt.spoken), count):
        expected, _ = stock.s3gen.inference(
            speech_tokens=torch.tensor(stream.tokens),
            ref_dict=reference_of(prompt),
            n_cfm_timesteps=2 if name == "turbo" else None,
        )
    (samples,) = whole(vocoder_for(checkpoint), stream)
    assert samples.shape == (count * SAMPLES,)
    assert expected.abs().max() > 0.01
    assert (samples - expected[0]).abs().max() < 1e-4


def test_a_padded_batch_equals_its_utterances_alone(checkpoint_of):
    checkpoint = checkpoint_of("english")
    vocoder = vocoder_for(checkpoint, padded=True)
    counts = [30, 26, 28, 30]
    alone = [whole(vocoder, stream_of(checkpoint, each, seed=each))[0] for each in counts]
    together = whole(vocoder, *(stream_of(checkpoint, each, seed=each) for each in counts))
    for one, other in zip(alone, together, strict=True):
        assert one.shape == other.shape
        assert (one - other).abs().max() < 1e-3
    with torch.inference_mode():
        streams = [stream_of(checkpoint, each, seed=each) for each in counts]
        solo = [vocoder.mels([stream])[0] for stream in streams]
        for one, other in zip(solo, vocoder.mels(streams), strict=True):
            assert (one - other).abs().max() < 2e-5


def test_only_equal_lengths_share_a_batch_unless_padding_is_allowed(checkpoint_of):
    checkpoint = checkpoint_of("english")
    streams = [stream_of(checkpoint, each) for each in (30, 26, 30, 60, 30)]
    strict = vocoder_for(checkpoint, most=2).batches(streams)
    assert [[len(each.tokens) for each in batch] for batch in strict] == [
        [26], [30, 30], [30], [60],
    ]  # fmt: skip
    padded = vocoder_for(checkpoint, padded=True).batches(streams)
    assert [[len(each.tokens) for each in batch] for batch in padded] == [[26, 30, 30, 30], [60]]


def test_a_seed_gives_the_same_samples_bit_for_bit(checkpoint_of):
    checkpoint = checkpoint_of("english")
    vocoder = vocoder_for(checkpoint)
    first, again = (whole(vocoder, stream_of(checkpoint, 20))[0] for _ in range(2))
    assert torch.equal(first, again)


@pytest.mark.parametrize("count", [10, 25, 28, 76, 180])
def test_hops_lose_nothing_and_do_not_click(count, checkpoint_of):
    checkpoint = checkpoint_of("english")
    vocoder = vocoder_for(checkpoint)
    chunks = in_hops(vocoder, stream_of(checkpoint, count, hops=True))
    joined = torch.cat(chunks)
    assert len(joined) == count * SAMPLES
    assert len(chunks) == 1 + sum(count >= hop + 3 for hop in (25, 75, 150, 250))
    steps = joined.diff().abs()
    joins = torch.tensor([len(each) for each in chunks]).cumsum(0)[:-1] - 1
    inside = steps.quantile(0.999)
    for join in joins.tolist():
        assert steps[join - 4 : join + 4].max() <= 1.5 * inside


def test_a_short_utterance_in_hops_equals_the_whole_one(checkpoint_of):
    checkpoint = checkpoint_of("english")
    vocoder = vocoder_for(checkpoint)
    (samples,) = whole(vocoder, stream_of(checkpoint, 27))
    assert torch.equal(torch.cat(in_hops(vocoder, stream_of(checkpoint, 27, hops=True))), samples)


def test_the_excitation_runs_on_across_hops(checkpoint_of):
    """Cut anywhere, it is the same excitation: phase and noise continue."""
    hift = HiFT(checkpoint_of("turbo").s3gen.mel2wav)
    hertz = torch.cat([torch.full((40,), 130.0), torch.zeros(20), torch.full((40,), 210.0)])
    with torch.inference_mode():
        expected, _ = hift.excite(hift.source(3), hertz, keep=0)
        source, parts, at = hift.source(3), [], 0
        for keep in (10, 1, 44, 45):
            made, source = hift.excite(source, hertz[at:], keep=keep)
            parts.append(made[: keep * 480])
            at += keep
    assert torch.allclose(torch.cat(parts), expected, atol=1e-4)
    assert expected.std() > 0.001


class Stairs:
    """A vocoder that says 1 in its first hop, 2 in its second: nothing to hide a join."""

    def __init__(self) -> None:
        self.hop = 0

    def source(self, seed):
        return None

    def pitch(self, mel):
        return torch.zeros(mel.shape[1])

    def excite(self, source, hertz, *, keep):
        return hertz.repeat_interleave(480), source

    def speak(self, mel, excitation):
        assert excitation.shape[-1] == mel.shape[-1] * 480
        self.hop += 1
        return torch.full((1, excitation.shape[-1]), float(self.hop))


def test_hops_are_crossfaded_in_samples_and_in_frames(checkpoint_of):
    stream = stream_of(checkpoint_of("english"), 180, hops=True)
    coming, stream.tokens, chunks, seen = list(stream.tokens), [], [], []
    stairs = Stairs()
    while not stream.finished:
        if coming:
            stream.tokens.append(coming.pop(0))
        else:
            stream.ended = True
        if stream.ready:
            frames = 2 * len(stream.task().tokens)
            mel = torch.full((80, frames), float(len(chunks)))
            chunks.append(stream.samples(mel, stairs))
            seen.append(stream._mel)
    joined = torch.cat(chunks)
    assert len(joined) == 180 * SAMPLES
    assert joined[1000:].diff().abs().max() < 1e-3
    assert joined[1000:].min() == 1
    assert joined.max() == len(chunks) == 4
    # What was played stays as it was, and frames pass smoothly from one hop to the next.
    for before, after in itertools.pairwise(seen):
        held = before.shape[1] - 8
        assert torch.equal(before[:, :held], after[:, :held])
    assert all(mel[0].diff().abs().max() < 0.3 for mel in seen)
