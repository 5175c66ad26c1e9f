"""A voice whose prompt was made for another model gets a new one from its reference."""

from pathlib import Path

import pytest

from inference.engines.base import EngineError
from tests.chatterbox.engines import SHORT, engine_for, joined, nothing, say
from tests.support.callers import Caller, make_caller
from voices.models import StoredPrompt, Voice
from voices.prompts import prompt_for

SAMPLE = Path(__file__).parents[2] / "samples" / "voice.mp3"


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada's workspace")


def test_from_english_to_turbo_and_back(ada, folder_of):
    voice_id = ada.own_voice(recording=SAMPLE.read_bytes(), name="voice.mp3")
    voice = Voice.get(voice_id)
    with engine_for(folder_of, "english") as english, engine_for(folder_of, "turbo") as turbo:
        of_english = prompt_for(voice, english, nothing)
        with pytest.raises(EngineError) as failure:
            say(turbo, of_english.prompt, SHORT)
        assert (failure.value.code, failure.value.retryable) == ("PROMPT_MISMATCH", False)

        of_turbo = prompt_for(voice, turbo, nothing)
        assert joined(say(turbo, of_turbo.prompt, SHORT)).size
        assert joined(say(english, prompt_for(voice, english, nothing).prompt, SHORT)).size
        assert not of_english.was_stored
        assert not of_turbo.was_stored
        assert prompt_for(voice, turbo, nothing).was_stored
        assert prompt_for(voice, turbo, nothing).prompt == of_turbo.prompt
    kept = StoredPrompt.objects.filter(voice=voice).values_list("engine", "model")
    assert set(kept) >= {("chatterbox", "chatterbox-english"), ("chatterbox", "chatterbox-turbo")}
