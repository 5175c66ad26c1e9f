"""A voice's prompt whose file was lost, or cannot be read."""

from pathlib import Path

import pytest
from django.core.files.storage import default_storage

from inference.engines.registry import get_engine
from inference.jobs.errors import JobError
from tests.support.callers import Caller
from voices.models import StoredPrompt, Voice
from voices.prompts import prompt_for

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def test_a_lost_prompt_is_made_anew_and_kept(ada: Caller) -> None:
    voice_id = ada.own_voice()
    lost = StoredPrompt.objects.get(voice=voice_id)
    former = prompt_for(Voice.get(voice_id), get_engine("espeak"), lambda: None).prompt
    default_storage.delete(lost.file_name)
    ada.own_speech(voiceId=voice_id)
    row = StoredPrompt.objects.get(voice=voice_id)
    assert default_storage.exists(row.file_name)
    again = prompt_for(Voice.get(voice_id), get_engine("espeak"), lambda: None)
    assert (again.prompt, again.was_stored) == (former, True)


def test_a_prompt_that_cannot_be_read_now_stays_and_is_tried_again(ada: Caller) -> None:
    voice_id = ada.own_voice()
    row = StoredPrompt.objects.get(voice=voice_id)
    place = Path(default_storage.path(row.file_name))
    place.unlink()
    place.mkdir()
    with pytest.raises(JobError) as failure:
        prompt_for(Voice.get(voice_id), get_engine("espeak"), lambda: None)
    assert (failure.value.code, failure.value.retryable) == ("STORAGE_FAILED", True)
    assert StoredPrompt.objects.filter(pk=row.pk).exists()
