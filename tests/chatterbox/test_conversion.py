"""Conversion: the package's own result, in any crowd, for speech of any length."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch

from inference.audio.resample import resample
from inference.engines.base import OUTPUT_RATE, EngineError
from inference.engines.chatterbox.conversion import stretches
from inference.engines.chatterbox.ticket import Work
from tests.chatterbox.engines import engine_for, joined, nothing, speech
from tests.chatterbox.noise import noise_of, reference_of
from tests.chatterbox.serving import audio_of, model_for, scheduler_for
from tests.chatterbox.speaking import prompt_for

SEED = 5


@pytest.fixture(scope="module")
def engine(folder_of):
    with engine_for(folder_of) as made:
        yield made


@pytest.fixture(scope="module")
def prompts(engine):
    return [engine.clone(speech(seed=seed), OUTPUT_RATE, progress=nothing) for seed in (0, 3)]


def convert(engine, said, prompt, rate=OUTPUT_RATE, **options):
    return list(engine.convert(said, rate, prompt, progress=nothing, **options))


def test_samples_are_those_of_the_package(checkpoint_of, stock_of, monkeypatch):
    checkpoint, stock = checkpoint_of("english"), stock_of("conversion")
    prompt, said = prompt_for(checkpoint), speech(3.0)
    model = model_for(checkpoint)
    tokens = tuple(model.ear.tokens(said))
    low = torch.from_numpy(resample(said, OUTPUT_RATE, 16_000))
    with torch.inference_mode(), noise_of(monkeypatch, SEED, len(prompt.spoken), len(tokens)):
        heard, _ = stock.s3gen.tokenizer(low[None])
        expected, _ = stock.s3gen.inference(speech_tokens=heard, ref_dict=reference_of(prompt))
    with scheduler_for(model) as scheduler:
        made = audio_of(scheduler.submit(lambda _: Work(prompt, SEED, tokens=tokens)))
    assert tokens == tuple(heard[0].tolist())
    assert np.abs(made - expected[0].numpy()).max() < 1e-4
    assert np.abs(made).max() > 0.01


def test_conversions_at_once_are_those_alone_and_their_voices_never_mix(engine, prompts):
    jobs = [(speech(seconds, seed=7), prompt) for seconds in (2.0, 3.0) for prompt in prompts] * 2
    alone = [joined(convert(engine, *job)) for job in jobs[:4]]
    again = joined(convert(engine, *jobs[0]))
    with ThreadPoolExecutor(8) as pool:
        crowd = [joined(chunks) for chunks in pool.map(lambda job: convert(engine, *job), jobs)]
    assert np.array_equal(alone[0], again)
    assert not np.array_equal(alone[0], alone[1])
    for one, other in zip(alone * 2, crowd, strict=True):
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-3


def test_speech_of_any_length_comes_out_as_long_and_marked(engine, prompts):
    chunks = convert(engine, speech(26.0, 16_000), prompts[0], 16_000)
    audio = joined(chunks)
    assert [chunk.piece for chunk in chunks] == [0, 1]
    assert abs(audio.size / OUTPUT_RATE - 26.0) < 0.1
    assert all(chunk.watermarked for chunk in chunks)
    assert engine.detects_watermark(audio, OUTPUT_RATE)


def test_the_mark_may_be_left_out(engine, prompts):
    chunks = convert(engine, speech(5.0), prompts[0], watermark=False)
    assert not any(chunk.watermarked for chunk in chunks)
    assert not engine.detects_watermark(joined(chunks), OUTPUT_RATE)


@pytest.mark.parametrize("said", [speech(3.0) * 0, speech(3.0)[:0], speech(3.0) * np.nan])
def test_a_recording_without_speech_is_refused_at_the_call(engine, prompts, said):
    with pytest.raises(EngineError) as failure:
        engine.convert(said, OUTPUT_RATE, prompts[0], progress=nothing)
    assert failure.value.code == "NO_SPEECH"


def test_it_is_cut_where_it_is_quiet_and_nothing_is_lost():
    said = speech(70.0)
    parts = stretches(said, longest=20.0)
    assert np.array_equal(np.concatenate(parts), said)
    assert all(part.size <= 20 * OUTPUT_RATE for part in parts)
    assert all(np.abs(part[-200:]).max() < 0.05 for part in parts[:-1])
