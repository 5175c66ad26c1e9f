"""An utterance comes out the same whatever else is in the batch, and whenever it joined."""

import pytest
import torch

from inference.engines.chatterbox.model import make_runner
from inference.engines.chatterbox.settings import Settings
from inference.engines.chatterbox.t3 import STOP_SPEECH
from tests.chatterbox.checkpoints import FAMILIES
from tests.chatterbox.speaking import runner_for, speak, utterance, voice_for

TEXTS = ["Yes.", "A short one.", "Rather longer, this one is.", "Hm!", "And one more to say."]


def crowd(runner, checkpoint, count: int, **changes):
    """Return ``count`` utterances of various texts in four voices."""
    voices = [voice_for(runner, checkpoint, number) for number in range(4)]
    return [
        utterance(
            voices[number % 4],
            checkpoint,
            TEXTS[number % 5],
            **({"seed": number, "most_tokens": 40} | changes),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("name", FAMILIES)
def test_greedy_tokens_are_the_same_with_1_3_and_16_in_any_order(name, checkpoint_of):
    checkpoint = checkpoint_of(name)
    runner = runner_for(checkpoint, slots=16)
    utterances = crowd(runner, checkpoint, 16)
    alone = [speak(runner, [each])[0] for each in utterances[:5]]
    assert len({tuple(each) for each in alone}) == 5
    assert speak(runner, utterances[:3], gap=3) == alone[:3]
    together = speak(runner, utterances)
    assert together[:5] == alone
    assert speak(runner, utterances[::-1], gap=2) == together[::-1]
    assert runner.active == 0


@pytest.mark.parametrize("name", FAMILIES)
def test_a_seed_draws_the_same_tokens_whatever_else_runs(name, checkpoint_of):
    checkpoint = checkpoint_of(name)
    runner = runner_for(checkpoint, slots=8)
    utterances = crowd(runner, checkpoint, 8, temperature=0.8)
    alone = [speak(runner, [each])[0] for each in utterances[:4]]
    assert speak(runner, utterances, gap=1)[:4] == alone
    assert len({tuple(each) for each in alone}) == 4


def test_fixed_shapes_give_the_same_tokens_as_exact_lengths(checkpoint_of):
    checkpoint = checkpoint_of("multilingual-v2")
    exact, fixed = (runner_for(checkpoint, slots=5, static=each) for each in (False, True))
    assert speak(fixed, crowd(fixed, checkpoint, 5), gap=2) == speak(
        exact, crowd(exact, checkpoint, 5)
    )


def test_guided_and_unguided_utterances_share_a_batch(checkpoint_of):
    checkpoint = checkpoint_of("english")
    runner = runner_for(checkpoint, slots=3)
    voice = voice_for(runner, checkpoint)
    mixture = [
        utterance(voice, checkpoint, text, cfg_weight=weight)
        for text, weight in zip(TEXTS, (0.5, 0.0, 1.0, 0.0, 0.3), strict=True)
    ]
    alone = [speak(runner, [each])[0] for each in mixture]
    assert speak(runner, mixture) == alone
    assert runner.cost(mixture[0]).rows == 2
    assert runner.cost(mixture[1]).rows == 1


def test_an_utterance_that_stops_at_once_has_no_tokens(checkpoint_of, monkeypatch):
    checkpoint = checkpoint_of("english")
    runner = runner_for(checkpoint)
    always = torch.full((runner.t3.vocabulary,), -100.0)
    always[STOP_SPEECH] = 100.0
    logits = runner.t3.logits
    monkeypatch.setattr(runner.t3, "logits", lambda states: logits(states) * 0 + always)
    assert speak(runner, [utterance(voice_for(runner, checkpoint), checkpoint)]) == [[]]
    assert runner.active == 0


def test_speech_of_more_than_40_seconds_goes_on(checkpoint_of, monkeypatch):
    checkpoint = checkpoint_of("turbo")
    runner = make_runner(checkpoint, Settings(slots=1, max_tokens=1100, positions=1600))
    never = torch.zeros(runner.t3.vocabulary)
    never[STOP_SPEECH] = -1e9
    logits = runner.t3.logits
    monkeypatch.setattr(runner.t3, "logits", lambda states: logits(states) + never)
    long = utterance(voice_for(runner, checkpoint), checkpoint, most_tokens=1100)
    (tokens,) = speak(runner, [long])
    assert len(tokens) == 1100


def test_a_text_that_fits_no_slot_is_refused_and_leaves_nothing_behind(checkpoint_of):
    checkpoint = checkpoint_of("english")
    runner = runner_for(checkpoint)
    endless = utterance(voice_for(runner, checkpoint), checkpoint, "word " * 600)
    with pytest.raises(ValueError, match="too long"):
        runner.admit(endless)
    assert runner.active == 0
    assert runner.can_admit(utterance(voice_for(runner, checkpoint), checkpoint))


def test_values_that_are_not_finite_fail_their_utterance_alone(checkpoint_of):
    checkpoint = checkpoint_of("english")
    runner = runner_for(checkpoint)
    good, bad = crowd(runner, checkpoint, 2)
    poisoned = bad.voice.prompt.speaker * torch.nan
    object.__setattr__(bad.voice.prompt, "speaker", poisoned)
    bad.voice._prefixes.clear()
    expected = speak(runner, [good])[0]
    with torch.inference_mode():
        slots = [runner.admit(each) for each in (good, bad)]
        made = []
        while len(made) < len(expected):
            for commit in runner.step():
                if commit.slot == slots[1]:
                    assert commit.error is not None
                made.extend(commit.tokens if commit.slot == slots[0] else ())
        for slot in slots:
            runner.release(slot)
    assert made == expected
