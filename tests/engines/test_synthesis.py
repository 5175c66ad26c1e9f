"""Text becomes chunks that join; the same request always gives the same bytes."""

import numpy as np
import pytest

from inference.engines.base import EngineError, SynthesisParams, VoicePrompt
from inference.engines.espeak.system_voices import system_prompt
from tests.engines import judge
from tests.engines.conftest import no_progress, spoken

TEXT = (
    "The birch canoe slid on the smooth planks. Glue the sheet to the dark blue background! "
    "Is it easy to tell the depth of a well? These days a chicken leg is a rare dish. "
) * 3


def chunks_of(engine, text, prompt, **params):
    params.setdefault("seed", 1)
    return list(engine.synthesize(text, prompt, SynthesisParams(**params), progress=no_progress))


def test_the_same_seed_gives_the_same_bytes_and_another_seed_other_ones(engine, woman):
    once, again, other = (spoken(engine, TEXT, woman, seed=seed).tobytes() for seed in (5, 5, 6))
    assert once == again
    assert once != other


def test_every_chunk_is_float32_speech_within_full_scale(engine, woman):
    for chunk in chunks_of(engine, TEXT, woman):
        assert chunk.samples.dtype == np.float32
        assert chunk.samples.ndim == 1
        assert 0.05 < np.abs(chunk.samples).max() <= 1.0


@pytest.mark.parametrize(
    "text",
    [
        TEXT,
        "  Hello.  \n\n",
        "Hello. ... !!! ???",
        "... Hello.",
        "Good morning to you all.\n\n" + "— " * 400 + "\n\nAnd now good night to you.",
        "Hello\u2028there \U0001f600 — naïve café。 你好。",
        "a",
    ],
)
def test_the_chunks_account_for_every_byte_of_the_text(engine, woman, text):
    chunks = chunks_of(engine, text, woman)
    assert sum(chunk.text_bytes for chunk in chunks) == len(text.encode())
    pieces = [chunk.piece for chunk in chunks]
    assert pieces == sorted(pieces)


def test_pieces_have_no_more_words_than_were_asked_for(engine, woman):
    text = "Glue the sheet to the dark blue background, and then leave it alone for a day. Good."
    whole = chunks_of(engine, text, woman)
    small = chunks_of(engine, text, woman, piece_words=4)

    assert [chunk.text_bytes for chunk in whole] == [len(text)]
    assert len(small) >= len(text.split()) / 4
    assert sum(chunk.text_bytes for chunk in small) == len(text)
    assert max(chunk.text_bytes for chunk in small) < 35
    assert [chunk.piece for chunk in small] == list(range(len(small)))


def test_the_first_chunk_is_there_before_the_second_piece_is_spoken(engine, woman):
    calls = []
    chunks = engine.synthesize(
        TEXT, woman, SynthesisParams(seed=1), progress=lambda: calls.append(1)
    )
    next(chunks)
    assert len(calls) == 1
    assert len(list(chunks)) + 1 == len(calls)


def test_progress_that_raises_stops_the_work(engine, woman):
    def stop():
        raise TimeoutError

    with pytest.raises(TimeoutError):
        list(engine.synthesize(TEXT, woman, SynthesisParams(seed=1), progress=stop))


def test_joins_of_pieces_are_inaudible(engine, woman):
    for prompt in (woman, system_prompt("Alex")):
        chunks = [chunk.samples for chunk in chunks_of(engine, TEXT, prompt)]
        assert len(chunks) > 5
        whole = np.concatenate(chunks).astype(np.float64)
        bend = np.abs(np.diff(whole, 2))
        usual = np.percentile(
            np.concatenate([np.abs(np.diff(c.astype(np.float64), 2)) for c in chunks]), 99.9
        )
        for at in np.cumsum([chunk.size for chunk in chunks])[:-1]:
            assert bend[at - 50 : at + 50].max() <= 3 * usual
        # By the whole piece and by its loud part, each without the pause before it.
        speech = [np.trim_zeros(chunk) for chunk in chunks]
        for level in (judge.level, judge.loudness):
            assert np.ptp([level(piece) for piece in speech]) < 1.0


def test_a_prompt_of_another_engine_or_version_is_refused(engine, woman):
    for wrong in (
        VoicePrompt("chatterbox", woman.model, woman.version, woman.payload),
        VoicePrompt("espeak", woman.model, "0", woman.payload),
        VoicePrompt("espeak", woman.model, woman.version, b""),
        VoicePrompt("espeak", woman.model, woman.version, b"[1]"),
        VoicePrompt("espeak", woman.model, woman.version, b"[" * 100_000),
        VoicePrompt("espeak", woman.model, woman.version, b"[" * 10_000),
        VoicePrompt("espeak", woman.model, woman.version, b"\xff\xfe"),
        VoicePrompt(
            "espeak",
            woman.model,
            woman.version,
            woman.payload.replace(b'"variant":"f4"', b'"variant":"../../f4"'),
        ),
        VoicePrompt(
            "espeak",
            woman.model,
            woman.version,
            woman.payload.replace(b'"gains":[', b'"gains":[NaN,'),
        ),
        VoicePrompt(
            "espeak",
            woman.model,
            woman.version,
            woman.payload.replace(b'"rate":1', b'"rate":1e999'),
        ),
    ):
        with pytest.raises(EngineError) as refused:
            engine.synthesize("Hello.", wrong, SynthesisParams(seed=1), progress=no_progress)
        assert refused.value.code == "PROMPT_MISMATCH"
        assert not refused.value.retryable
