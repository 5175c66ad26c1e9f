"""No writer removes or overwrites what a row names, on storages that overwrite too."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from inference.audio.decode import probe
from inference.engines.registry import get_engine
from inference.jobs.errors import FileGoneError, LeaseLostError
from inference.jobs.lifecycle import claim
from inference.jobs.runner import run_claimed
from speech.models import Speech
from tests.speech.asking import handle
from tests.support import recordings
from tests.support.callers import AARON, Caller
from voices import fetching, prompts, system
from voices.importing import import_recording
from voices.models import ReferenceDownload, StoredPrompt, Voice, VoiceType
from voices.prompts import make_prompt, prompt_for
from voices.system import make_samples

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.anydb,
    pytest.mark.usefixtures("each_storage"),
]


def progress() -> None:
    return None


def stored_in(folder: str) -> list[str]:
    return [f"{folder}/{name}" for name in default_storage.listdir(folder)[1]]


def one_by_url(caller: Caller) -> Voice:
    voice = Voice(
        workspace=caller.workspace,
        type=VoiceType.ONCE,
        state="COMPLETED",
        finished_at=timezone.now(),
        title="One request",
        reference_url="https://example.com/a.wav",
    )
    voice.save(force_insert=True)
    return voice


def downloads_of(voice: Voice) -> Iterator[ReferenceDownload]:
    """Claim the download of a voice's recording again and again, as if each claim was lost."""
    row = ReferenceDownload.objects.create(voice=voice, workspace=voice.workspace)
    while True:
        row.attempt += 1
        row.save()
        yield ReferenceDownload.objects.get(pk=row.pk)


def keep_fetched(held: ReferenceDownload) -> None:
    content = recordings.wav()
    info = probe(BytesIO(content))
    fetching._keep(held, ContentFile(content), info, lambda: None)


def test_a_better_take_of_a_system_voice_takes_the_place_of_the_first(tmp_path: Path) -> None:
    path = tmp_path / "Aaron - male, calm.wav"
    path.write_bytes(recordings.wav(6.0))
    first = import_recording(path).reference_name
    path.write_bytes(recordings.wav(7.0))
    second = import_recording(path).reference_name
    assert not default_storage.exists(first)
    with default_storage.open(second) as file:
        assert file.read() == recordings.wav(7.0)


def test_the_slower_of_two_that_speak_a_sample_leaves_the_others() -> None:
    theirs, mine = Voice.get(AARON), Voice.get(AARON)
    assert system._make_sample(theirs)
    assert not system._make_sample(mine)
    kept = Voice.get(AARON).reference_name
    assert mine.reference_name == theirs.reference_name == kept
    assert stored_in(f"voices/system/{AARON}") == [kept]


def test_a_sample_whose_file_is_lost_is_spoken_anew() -> None:
    Voice.objects.public().exclude(pk=AARON).delete()
    assert make_samples() == 1
    assert make_samples() == 0
    lost = Voice.get(AARON).reference_name
    default_storage.delete(lost)
    assert make_samples() == 1
    assert default_storage.exists(Voice.get(AARON).reference_name)


def test_another_engine_gets_a_sample_whose_file_is_lost() -> None:
    engine = get_engine("espeak")
    before = make_prompt(Voice.get(AARON), engine, progress)
    default_storage.delete(Voice.get(AARON).reference_name)
    assert make_prompt(Voice.get(AARON), engine, progress) == before


def test_an_imported_recording_that_is_lost_is_not_replaced_by_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "Aaron.wav"
    path.write_bytes(recordings.wav(6.0))
    lost = import_recording(path).reference_name
    default_storage.delete(lost)
    Voice.objects.public().exclude(pk=AARON).delete()
    assert make_samples() == 0
    assert Voice.get(AARON).reference_name == lost
    with pytest.raises(FileGoneError):
        make_prompt(Voice.get(AARON), get_engine("espeak"), progress)


def test_a_sample_that_another_worker_has_taken_is_left_to_it_for_two_minutes() -> None:
    Voice.objects.public().exclude(pk=AARON).delete()
    assert system._take(Voice.get(AARON))
    assert make_samples() == 0
    Voice.objects.filter(pk=AARON).update(retry_at=timezone.now())
    assert make_samples() == 1
    assert Voice.get(AARON).retry_at is None


def test_the_slower_of_two_first_uses_leaves_the_others_prompt(ada: Caller) -> None:
    voice, engine = handle(ada), get_engine("espeak")
    made = make_prompt(voice, engine, progress)
    prompts._keep(voice, made)
    prompts._keep(voice, made)
    row = StoredPrompt.objects.get(voice=voice)
    here = stored_in(f"voices/{ada.workspace.pk}/{voice.pk}")
    assert sorted(here) == sorted([row.file_name, voice.reference_name])
    assert prompt_for(voice, engine, progress).was_stored


def test_a_prompt_noted_meanwhile_is_not_forgotten_for_one_that_is_lost(
    ada: Caller,
) -> None:
    voice, engine = handle(ada), get_engine("espeak")
    made = make_prompt(voice, engine, progress)
    prompts._keep(voice, made)
    row = StoredPrompt.objects.get(voice=voice)
    default_storage.delete(row.file_name)
    row.file_name = default_storage.save(f"{row.file_name}-anew", ContentFile(made.payload))
    lost = StoredPrompt.objects.get(voice=voice)  # as another worker read it
    row.save()
    assert prompts._stored(lost) is None
    assert StoredPrompt.objects.get(voice=voice).file_name == row.file_name


def test_no_prompt_is_kept_of_a_voice_that_was_deleted_meanwhile(ada: Caller) -> None:
    voice, engine = handle(ada), get_engine("espeak")
    made = make_prompt(voice, engine, progress)
    Voice.objects.filter(pk=voice.pk).update(deleted_at=timezone.now())
    prompts._keep(voice, made)
    assert not StoredPrompt.objects.exists()
    assert stored_in(f"voices/{ada.workspace.pk}/{voice.pk}") == [voice.reference_name]


def test_no_prompt_is_kept_of_a_recording_that_was_replaced_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "Aaron.wav"
    path.write_bytes(recordings.wav(6.0))
    import_recording(path)
    voice, engine = Voice.get(AARON), get_engine("espeak")
    of_the_first = make_prompt(voice, engine, progress)
    import_recording(path)
    prompts._keep(voice, of_the_first)
    assert not StoredPrompt.objects.exists()
    assert stored_in(f"voices/system/{AARON}") == [Voice.get(AARON).reference_name]


def test_a_slower_attempt_leaves_the_recording_that_a_newer_one_fetched(ada: Caller) -> None:
    voice = one_by_url(ada)
    claims = downloads_of(voice)
    slower, newer = next(claims), next(claims)
    keep_fetched(newer)
    kept = Voice.get(voice.pk).reference_name
    with pytest.raises(LeaseLostError):
        keep_fetched(slower)
    assert Voice.get(voice.pk).reference_name == kept
    assert stored_in(f"voices/{ada.workspace.pk}/{voice.pk}") == [kept]


def test_what_is_fetched_for_a_voice_that_is_gone_is_not_kept(ada: Caller) -> None:
    voice = one_by_url(ada)
    held = next(downloads_of(voice))
    Voice.objects.filter(pk=voice.pk).update(deleted_at=timezone.now())
    with pytest.raises(LeaseLostError):
        keep_fetched(held)
    Voice.objects.filter(pk=voice.pk).delete()
    with pytest.raises(LeaseLostError):
        keep_fetched(held)
    assert stored_in(f"voices/{ada.workspace.pk}/{voice.pk}") == []


@pytest.mark.django_db(transaction=True)
def test_a_speech_before_the_end_of_its_clone_makes_the_prompt_and_that_stays(
    ada: Caller,
) -> None:
    voice_id = ada.clone().json()["voiceId"]
    cloning = claim(Voice, voice_id)
    speech_id = ada.say(voice=voice_id).json()["speechId"]
    speaking = claim(Speech, speech_id)
    assert cloning is not None
    assert speaking is not None
    run_claimed(speaking)
    assert Speech.get(speech_id).state == "COMPLETED"
    first = StoredPrompt.objects.get(voice=voice_id).file_name
    run_claimed(cloning)
    assert Voice.get(voice_id).state == "COMPLETED"
    assert StoredPrompt.objects.get(voice=voice_id).file_name == first
    reference = Voice.get(voice_id).reference_name
    assert sorted(stored_in(f"voices/{ada.workspace.pk}/{voice_id}")) == sorted([first, reference])
