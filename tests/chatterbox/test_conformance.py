"""What every engine must do, whatever makes its tokens: preview, Chatterbox, and one of blocks."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, EngineError, SynthesisParams
from inference.engines.chatterbox.model import Model
from inference.engines.espeak import EspeakEngine
from tests.chatterbox.engines import LONG, engine_for, joined, nothing, say
from tests.chatterbox.serving import Blocks
from tests.support.recordings import spoken

TEXTS = ["Yes, of course.", "A second text is a little longer than the first.", LONG, "No."]


@pytest.fixture(scope="module", params=["espeak", "english", "turbo", "blocks"])
def engine(request, folder_of):
    """An engine of each kind; the one of blocks has no tokens of Chatterbox's own."""
    if request.param == "espeak":
        made = EspeakEngine()
        yield made
        made.close()
        return
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "blocks":
            load = Model.load
            blocks = classmethod(
                lambda _cls, settings: replace(load(settings), runner=Blocks(most_tokens=40))
            )
            patch.setattr(Model, "load", blocks)
        name = "turbo" if request.param == "turbo" else "english"
        with engine_for(folder_of, name) as made:
            yield made


@pytest.fixture(scope="module")
def prompts(engine):
    reference = spoken(7.0)
    return [
        engine.clone(each, OUTPUT_RATE, progress=nothing)
        for each in (reference, np.ascontiguousarray(reference[::-1]))
    ]


def test_a_ragged_crowd_with_staggered_joins_and_one_that_hangs_up_gives_what_each_gives_alone(
    engine, prompts
):
    jobs = [(prompts[number % 2], text, number) for number, text in enumerate(TEXTS)]
    alone = [joined(say(engine, prompt, text, seed=seed)) for prompt, text, seed in jobs]
    turn = threading.Barrier(2)

    def hang_up():
        params = SynthesisParams(seed=9)
        chunks = engine.synthesize(LONG * 3, prompts[0], params, progress=nothing)
        next(chunks)
        turn.wait(60)
        chunks.close()

    with ThreadPoolExecutor(5) as pool:
        leaving = pool.submit(hang_up)
        first = pool.submit(say, engine, jobs[0][0], jobs[0][1], seed=jobs[0][2])
        turn.wait(60)
        others = [pool.submit(say, engine, job[0], job[1], seed=job[2]) for job in jobs[1:]]
        crowd = [joined(each.result()) for each in (first, *others)]
    leaving.result()
    for one, other in zip(alone, crowd, strict=True):
        assert one.shape == other.shape
        assert np.abs(one - other).max() < 1e-3


def test_chunks_are_sound_in_order_and_account_for_the_text(engine, prompts):
    chunks = say(engine, prompts[0])
    audio = joined(chunks)
    assert audio.dtype == np.float32
    assert audio.size
    assert np.abs(audio).max() <= 1
    assert sum(chunk.text_bytes for chunk in chunks) == len(LONG.encode())
    assert [chunk.piece for chunk in chunks] == sorted(chunk.piece for chunk in chunks)
    assert {chunk.watermarked for chunk in chunks} == {engine.capabilities.watermark}


def test_a_seed_decides_what_is_heard(engine, prompts):
    first, again, other = (joined(say(engine, prompts[0], seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_progress_is_told_and_may_stop_the_work(engine, prompts):
    told = []
    list(
        engine.synthesize(
            LONG, prompts[0], SynthesisParams(seed=1), progress=lambda: told.append(1)
        )
    )
    assert told

    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(engine.synthesize(LONG, prompts[0], SynthesisParams(seed=1), progress=stop))
    assert say(engine, prompts[0], TEXTS[0])


def test_what_cannot_be_spoken_is_refused_with_a_code(engine, prompts):
    def code(text="Hello.", prompt=prompts[0], **changes):
        with pytest.raises(EngineError) as failure:
            say(engine, prompt, text, **changes)
        assert not failure.value.retryable
        return failure.value.code

    assert code("... ?!") == "NO_SPEECH"
    assert code(language="tlh") == "UNSUPPORTED_LANGUAGE"
    assert code(prompt=replace(prompts[0], version="another")) == "PROMPT_MISMATCH"


def test_speech_is_converted_at_its_own_length(engine, prompts):
    said = spoken(3.0)
    chunks = list(engine.convert(said, OUTPUT_RATE, prompts[1], progress=nothing))
    assert abs(joined(chunks).size - said.size) <= 0.1 * OUTPUT_RATE
    assert {chunk.watermarked for chunk in chunks} == {engine.capabilities.watermark}
