"""Workers that do the same at the same moment, on storages that overwrite."""

from collections.abc import Callable
from threading import Barrier

import pytest
from django.core.files.storage import default_storage

from inference.engines.registry import get_engine
from tests.billing.crowd import each_in_a_thread
from tests.speech.asking import handle
from tests.support.callers import AARON, Caller
from voices import prompts, system
from voices.models import StoredPrompt, Voice
from voices.prompts import prompt_for
from voices.system import make_samples

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.anydb,
    pytest.mark.usefixtures("each_storage"),
]


def together(function: Callable[..., object]) -> Callable[..., object]:
    """Have two threads that call ``function`` leave it at the same moment."""
    meeting = Barrier(2)

    def met(*arguments: object) -> object:
        result = function(*arguments)
        meeting.wait(timeout=60)
        return result

    return met


def test_two_workers_that_start_together_share_the_samples() -> None:
    some = [voice.pk for voice in Voice.objects.public().order_by("title")[:8]]
    Voice.objects.exclude(pk__in=some).delete()
    made = each_in_a_thread([make_samples, make_samples])
    assert sum(made) == 8, made
    names = list(Voice.objects.values_list("reference_name", flat=True))
    assert len(names) == 8
    assert all(default_storage.exists(name) for name in names)
    assert make_samples() == 0


def test_two_that_speak_one_sample_at_once_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(system, "encode", together(system.encode))
    made = each_in_a_thread([lambda: system._make_sample(Voice.get(AARON))] * 2)
    assert sorted(made) == [False, True]
    kept = Voice.get(AARON).reference_name
    folder, _, name = kept.rpartition("/")
    assert default_storage.listdir(folder)[1] == [name]


def test_two_first_uses_at_once_leave_one_prompt(
    ada: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    voice = handle(ada)
    engine = get_engine("espeak")
    monkeypatch.setattr(prompts, "make_prompt", together(prompts.make_prompt))
    found = each_in_a_thread(
        [lambda: prompt_for(Voice.get(voice.pk), engine, lambda: None).was_stored] * 2
    )
    assert found == [False, False]
    kept = StoredPrompt.objects.get(voice=voice).file_name
    files = default_storage.listdir(kept.rpartition("/")[0])[1]
    assert [name for name in files if name.endswith("-prompt")] == [kept.rpartition("/")[2]]
    assert prompt_for(voice, engine, lambda: None).was_stored
