from pathlib import Path

import pytest
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command

from inference.engines.registry import get_engine
from tests.engines import judge
from tests.engines.references import RATE
from tests.speech.asking import ask, audio_of
from tests.support import recordings
from tests.support.callers import AARON, Caller, run_jobs
from voices.importing import ImportRefusedError, import_recording
from voices.models import StoredPrompt, Voice
from voices.prompts import make_prompt, prompt_for
from voices.system import sync_system_voices

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def put(folder: Path, name: str, content: bytes | None = None) -> Path:
    path = folder / name
    path.write_bytes(recordings.wav(6.0) if content is None else content)
    return path


def test_an_imported_voice_sounds_like_its_recording(ada: Caller, tmp_path: Path) -> None:
    before = ask(ada, "Good morning to all of you.", seed=1)
    run_jobs()
    import_recording(put(tmp_path, "Aaron - male, warm and slow.wav"))
    after = ask(ada, "Good morning to all of you.", seed=1)
    run_jobs()
    wanted = judge.median_pitch(recordings.spoken(4.0))
    assert judge.median_pitch(audio_of(after)) == pytest.approx(wanted, rel=0.1)
    assert abs(judge.median_pitch(audio_of(before)) / wanted - 1) > 0.02


def test_what_is_said_of_it_outlasts_a_migration(tmp_path: Path, db: None) -> None:
    import_recording(put(tmp_path, "Aaron - male, warm and slow.wav"))
    sync_system_voices()
    voice = Voice.get(AARON)
    assert (voice.description, voice.reference_rate) == ("Warm and slow.", RATE)
    assert voice.duration == pytest.approx(6.0, abs=0.01)


def test_prompts_of_what_it_was_before_are_removed(tmp_path: Path, db: None) -> None:
    import_recording(put(tmp_path, "Aaron.wav"))
    engine = get_engine("espeak")
    prompt_for(Voice.get(AARON), engine, lambda: None)
    former = StoredPrompt.objects.get(voice=AARON).file_name
    recording = Voice.get(AARON).reference_name
    import_recording(put(tmp_path, "Aaron.wav", recordings.mp3(7.0)))
    assert not StoredPrompt.objects.filter(voice=AARON).exists()
    assert not default_storage.exists(former)
    assert not default_storage.exists(recording)


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("Nobody.wav", None, "no system voice"),
        ("Aaron - female.wav", None, "is male"),
        ("Aaron - male.wav", b"no audio", "is not MP3"),
        ("Aaron - male.wav", recordings.wav(2.0), "at least 5 s"),
        ("Aaron - robot.wav", None, "its name"),
    ],
)
def test_what_cannot_serve_changes_nothing(
    tmp_path: Path, db: None, name: str, content: bytes | None, why: str
) -> None:
    before = Voice.get(AARON)
    with pytest.raises(ImportRefusedError, match=why):
        import_recording(put(tmp_path, name, content))
    assert Voice.get(AARON).updated_at == before.updated_at


def test_the_command_imports_what_it_can_and_names_the_rest(
    tmp_path: Path, db: None, capsys: pytest.CaptureFixture[str]
) -> None:
    put(tmp_path, "Aaron.wav")
    put(tmp_path, "Zorro.wav")
    with pytest.raises(CommandError, match="1 of 2"):
        call_command("import_voices", str(tmp_path))
    said = capsys.readouterr()
    assert "Aaron.wav: Aaron (1fc6c6ab)" in said.out
    assert "Zorro.wav: there is no system voice Zorro" in said.err


def test_another_engine_clones_a_system_voice_from_its_sample(db: None) -> None:
    engine = get_engine("espeak")
    voice = Voice.get(AARON)
    assert not voice.reference_name
    prompt = make_prompt(voice, engine, lambda: None)
    assert prompt.payload
    assert default_storage.exists(Voice.get(AARON).reference_name)
