"""The engine as the service uses it, on a tiny English model."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from inference.engines.base import OUTPUT_RATE, EngineError, SynthesisParams, VoicePrompt
from inference.engines.chatterbox import ChatterboxEngine
from tests.chatterbox.engines import LONG, SHORT, engine_for, joined, nothing, say, speech


@pytest.fixture(scope="module")
def engine(folder_of) -> Iterator[ChatterboxEngine]:
    with engine_for(folder_of) as made:
        yield made


@pytest.fixture(scope="module")
def prompt(engine) -> VoicePrompt:
    return engine.clone(speech(), OUTPUT_RATE, progress=nothing)


def test_it_clones_speaks_and_marks_what_it_says(engine, prompt):
    chunks = say(engine, prompt)
    audio = joined(chunks)
    assert audio.dtype == np.float32
    assert audio.size > OUTPUT_RATE
    assert np.all(np.abs(audio) <= 1)
    assert sum(chunk.text_bytes for chunk in chunks) == len(LONG.encode())
    assert [chunk.piece for chunk in chunks] == sorted(chunk.piece for chunk in chunks)
    assert engine.detects_watermark(audio, OUTPUT_RATE)
    assert not engine.detects_watermark(speech(), OUTPUT_RATE)
    assert len(prompt.payload) < 100_000


def test_a_seed_decides_every_sample(engine, prompt):
    first, again, other = (joined(say(engine, prompt, SHORT, seed=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert first.size != other.size or not np.array_equal(first, other)


def test_the_first_audio_of_a_long_text_leaves_before_its_last_piece_is_begun(engine, prompt):
    text = " ".join([LONG] * 3)
    trace = engine._scheduler.trace
    before = len(trace)
    chunks = engine.synthesize(text, prompt, SynthesisParams(seed=4), progress=nothing)
    next(chunks)
    begun = [number for record in list(trace)[before:] for number in record.admitted]
    rest = list(chunks)
    records = list(trace)[before:]
    admitted = [number for record in records for number in record.admitted]
    assert len(set(admitted)) == 1 + rest[-1].piece == 9
    assert 1 <= len(begun) <= engine._settings.ahead < 9
    heard = next(at for at, each in enumerate(records) if admitted[0] in each.vocoded)
    joined_last = next(at for at, each in enumerate(records) if admitted[-1] in each.admitted)
    assert heard < joined_last


def test_pieces_hold_as_many_words_as_were_asked_for(engine, prompt):
    whole, by_three = say(engine, prompt), say(engine, prompt, piece_words=3)
    assert whole[-1].piece == 2
    assert by_three[-1].piece + 1 >= len(LONG.split()) / 3
    assert sum(chunk.text_bytes for chunk in by_three) == len(LONG.encode())


def test_an_utterance_may_go_without_the_mark_whatever_runs_beside_it(engine, prompt):
    with ThreadPoolExecutor(2) as pool:
        marked = pool.submit(say, engine, prompt)
        plain = pool.submit(say, engine, prompt, watermark=False)
    for chunks, expected in ((marked.result(), True), (plain.result(), False)):
        assert {chunk.watermarked for chunk in chunks} == {expected}
        assert engine.detects_watermark(joined(chunks), OUTPUT_RATE) == expected


def test_a_piece_that_leaves_in_hops_has_several_chunks_and_no_click(engine, prompt):
    text = "This one sentence is long enough to leave in several hops, one after another."
    chunks = say(engine, prompt, text)
    assert len(chunks) >= 3
    assert [chunk.text_bytes for chunk in chunks[:-1]] == [0] * (len(chunks) - 1)
    audio = joined(chunks)
    steps = np.abs(np.diff(audio))
    joins = np.cumsum([chunk.samples.size for chunk in chunks])[:-1] - 1
    assert all(steps[at - 4 : at + 4].max() <= 1.5 * np.quantile(steps, 0.999) for at in joins)
    assert engine.detects_watermark(audio, OUTPUT_RATE)


def test_odd_parameters_that_break_the_stock_code_work(engine, prompt):
    for changes in ({"temperature": 0.0}, {"cfg_weight": 0.0}, {"exaggeration": 1.0}):
        assert joined(say(engine, prompt, SHORT, **changes)).size
    marks = "... !!! Yes, one. ???"
    assert sum(chunk.text_bytes for chunk in say(engine, prompt, marks)) == len(marks)


def test_pieces_without_sound_are_accounted_for(engine, prompt, monkeypatch):
    from inference.engines.chatterbox.runner import Runner
    from inference.engines.chatterbox.t3 import STOP_SPEECH

    commit = Runner._commit
    monkeypatch.setattr(
        Runner,
        "_commit",
        lambda self, running, token, sound: commit(self, running, STOP_SPEECH, sound),
    )
    with pytest.raises(EngineError) as failure:
        say(engine, prompt, SHORT)
    assert failure.value.code == "NO_SPEECH"
    assert engine.status.slots_used == engine.status.vocoding == 0


@pytest.mark.parametrize("text", ["", "  \n", "...", "!?"])
def test_text_without_words_is_refused_at_the_call(engine, prompt, text):
    with pytest.raises(EngineError) as failure:
        engine.synthesize(text, prompt, SynthesisParams(seed=1), progress=nothing)
    assert failure.value.code == "NO_SPEECH"


def test_a_language_it_does_not_speak_is_refused_at_the_call(engine, prompt):
    params = SynthesisParams(seed=1, language="de-DE")
    with pytest.raises(EngineError) as failure:
        engine.synthesize(SHORT, prompt, params, progress=nothing)
    assert failure.value.code == "UNSUPPORTED_LANGUAGE"


def test_a_foreign_or_damaged_prompt_is_refused(engine, prompt):
    for changes in (
        {"engine": "espeak"},
        {"version": "another"},
        {"payload": prompt.payload[:100]},
        {"payload": b"\x80\x04pickle"},
        {"payload": prompt.payload[:-1000] + b"\xff" * 1000},
    ):
        with pytest.raises(EngineError) as failure:
            say(engine, replace(prompt, **changes))
        assert failure.value.code == "PROMPT_MISMATCH"


def test_a_reference_without_speech_is_refused(engine):
    silence = np.zeros(5 * OUTPUT_RATE, np.float32)
    for reference in (silence, silence[:0], speech(0.2), speech() * np.nan):
        with pytest.raises(EngineError) as failure:
            engine.clone(reference, OUTPUT_RATE, progress=nothing)
        assert failure.value.code == "REFERENCE_UNUSABLE"


def test_a_reference_of_any_rate_and_length_becomes_a_prompt(engine):
    for seconds, rate in ((1.5, 8_000), (12.0, 48_000), (40.0, 16_000)):
        made = engine.clone(speech(seconds, rate), rate, progress=nothing)
        assert joined(say(engine, made, "Yes.")).size


def test_a_caller_that_hangs_up_leaves_nothing_behind(engine, prompt):
    chunks = engine.synthesize(LONG * 5, prompt, SynthesisParams(seed=1), progress=nothing)
    next(chunks)
    chunks.close()
    joined(say(engine, prompt, SHORT))
    assert engine.status.slots_used == engine.status.queued == 0
    assert engine.status.cancelled


def test_progress_that_raises_stops_the_work(engine, prompt):
    def stop():
        raise InterruptedError

    with pytest.raises(InterruptedError):
        list(engine.synthesize(LONG, prompt, SynthesisParams(seed=1), progress=stop))
    joined(say(engine, prompt, SHORT))
    assert engine.status.slots_used == 0


def test_threads_share_the_engine_and_get_their_own_audio(engine, prompt):
    other = engine.clone(speech(seed=3), OUTPUT_RATE, progress=nothing)
    jobs = [(prompt, 1), (other, 1), (prompt, 2), (other, 2)]
    alone = [joined(say(engine, voice, SHORT, seed=seed)) for voice, seed in jobs]
    with ThreadPoolExecutor(4) as pool:
        crowd = list(pool.map(lambda job: joined(say(engine, job[0], SHORT, seed=job[1])), jobs))
    for one, again in zip(alone, crowd, strict=True):
        assert one.shape == again.shape
        assert np.abs(one - again).max() < 1e-3
    assert not np.array_equal(alone[0], alone[1])


@pytest.mark.parametrize("name", ["multilingual-v2", "multilingual-v3", "turbo", "nano"])
def test_every_model_clones_speaks_and_marks(name, folder_of):
    with engine_for(folder_of, name, max_tokens=60) as made:
        assert made.model == f"chatterbox-{name}"
        prompt = made.clone(speech(), OUTPUT_RATE, progress=nothing)
        language = "fr-FR" if len(made.capabilities.languages) > 1 else "en"
        audio = joined(say(made, prompt, "A few words are enough for this.", language=language))
        assert made.detects_watermark(audio, OUTPUT_RATE)
        if not made._family.guided:
            with pytest.raises(EngineError, match="less than 5 seconds"):
                made.clone(speech(3.0), OUTPUT_RATE, progress=nothing)
