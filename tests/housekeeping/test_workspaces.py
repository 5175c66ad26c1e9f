import io
import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F

from accounts.models import Membership, User, Workspace
from billing.audit import audit
from billing.models import Entry, EntryNote, Wallet
from billing.operations import grant
from inference.audio.decode import probe
from inference.jobs.fair_scheduler import claim_next
from speech.models import Speech
from tests.support.callers import Caller
from voiceclone.housekeeping.erase import finish_erasures
from voices.models import StoredPrompt, Voice

pytestmark = pytest.mark.django_db


def run(*command: str) -> str:
    out = io.StringIO()
    call_command(*command, stdout=out)
    return out.getvalue()


@pytest.fixture
def busy(ada: Caller) -> Caller:
    """Ada, with a voice, a speech, a job that runs, one that waits, and a note in the ledger."""
    person = User.objects.create_user("ada@example.com", "correct horse battery")
    Membership.objects.create(workspace=ada.workspace, user=person, role="owner")
    voice = ada.own_voice(title="Ada herself")
    ada.own_speech(text="A secret of Ada.", voice=voice)
    ada.say("running", voice=voice)
    assert claim_next() is not None
    ada.say("waiting", voice=voice)
    with transaction.atomic():
        grant(workspace=ada.workspace, amount=5, reason="Ada was kind to Grace")
    return ada


def test_an_export_holds_the_data_and_the_audio(busy: Caller, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    assert "2 audio files" in run("export_workspace", busy.workspace.pk, str(target))
    with zipfile.ZipFile(target) as archive:
        said = json.loads(archive.read("workspace.json"))
        audio = [name for name in archive.namelist() if name.startswith("audio/")]
        assert all(probe(io.BytesIO(archive.read(name))).duration > 0.5 for name in audio)
    assert said["members"] == [{"email": "ada@example.com", "role": "owner"}]
    assert [voice["title"] for voice in said["voices"]] == ["Ada herself"]
    assert {speech["text"] for speech in said["speeches"]} == {
        "A secret of Ada.",
        "running",
        "waiting",
    }
    assert len(said["ledger"]) == Entry.objects.filter(wallet__workspace=busy.workspace).count()
    assert said["missingFiles"] == []
    assert busy.key.secret_hash not in json.dumps(said)


def test_an_export_holds_nothing_of_others(busy: Caller, grace: Caller, tmp_path: Path) -> None:
    target = tmp_path / "grace.zip"
    run("export_workspace", grace.workspace.pk, str(target))
    with zipfile.ZipFile(target) as archive:
        assert archive.namelist() == ["workspace.json"]
        assert b"Ada" not in archive.read("workspace.json")


@pytest.mark.parametrize("field", ["reference_name", "audio_name"])
@pytest.mark.usefixtures("each_storage")
def test_an_export_lists_a_missing_file_and_goes_on(
    busy: Caller, tmp_path: Path, capsys: pytest.CaptureFixture[str], field: str
) -> None:
    kind = Voice.objects.owned_by(busy.workspace) if field == "reference_name" else Speech.objects
    lost = kind.exclude(**{field: ""}).values_list(field, flat=True).get()
    default_storage.delete(lost)
    target = tmp_path / "ada.zip"
    assert "1 audio files" in run("export_workspace", busy.workspace.pk, str(target))
    assert f"{lost} is missing" in capsys.readouterr().err
    with zipfile.ZipFile(target) as archive:
        assert json.loads(archive.read("workspace.json"))["missingFiles"] == [lost]
        assert len([name for name in archive.namelist() if name.startswith("audio/")]) == 1


def test_an_export_that_storage_stops_leaves_no_half_file(
    busy: Caller, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setattr(FileSystemStorage, "open", lambda *_name: 1 / 0)
    target = tmp_path / "ada.zip"
    with pytest.raises(CommandError, match="the storage cannot be read"):
        run("export_workspace", busy.workspace.pk, str(target))
    assert not target.exists()


def test_an_export_overwrites_nothing(ada: Caller, tmp_path: Path) -> None:
    target = tmp_path / "ada.zip"
    target.write_text("precious")
    with pytest.raises(CommandError, match="exists already"):
        run("export_workspace", ada.workspace.pk, str(target))
    assert target.read_text() == "precious"


def test_erasing_leaves_the_ledger_and_nothing_else(busy: Caller, grace: Caller) -> None:
    files = [
        *Voice.objects.owned_by(busy.workspace).values_list("reference_name", flat=True),
        *StoredPrompt.objects.values_list("file_name", flat=True),
        *Speech.objects.of(busy.workspace)
        .exclude(audio_name="")
        .values_list("audio_name", flat=True),
    ]
    assert len(files) == 3
    kept = grace.say().json()["speechId"]
    assert "is erased" in run("erase_workspace", busy.workspace.pk, "--yes")
    assert not any(default_storage.exists(name) for name in files)
    for model in apps.get_models():
        for field in model._meta.fields:
            if field.related_model is Workspace and model is not Wallet:
                left = model._default_manager.filter(**{field.name: busy.workspace.pk})
                assert not left.exists(), f"{model.__name__} of the workspace is left"
    assert Workspace.objects.get(pk=busy.workspace.pk).name == "erased"
    assert not EntryNote.objects.filter(entry__wallet__workspace=busy.workspace).exists()
    refunds = Entry.objects.filter(wallet__workspace=busy.workspace, kind="refund")
    assert refunds.count() == 2, "what ran and what waited was paid back"
    assert list(audit()) == []
    assert busy.get("/api/v1/credits").status_code == 401
    assert grace.get(f"/api/v1/tts/{kept}").status_code == 200


def test_an_erasure_that_storage_stops_is_finished_by_the_scheduler(
    busy: Caller, monkeypatch: Any
) -> None:
    audio = Speech.objects.exclude(audio_name="").get().audio_name
    with monkeypatch.context() as broken:
        broken.setattr(default_storage, "delete", lambda _name: 1 / 0)
        with pytest.raises(CommandError, match="the scheduler tries again"):
            run("erase_workspace", busy.workspace.pk, "--yes")
    assert not Speech.objects.filter(workspace=busy.workspace).exists()
    assert default_storage.exists(audio)
    Workspace.objects.update(sweep_at=F("closed_at"))
    finish_erasures()
    assert not default_storage.exists(audio)
    assert "is erased" in run("erase_workspace", busy.workspace.pk, "--yes"), "once more is well"


def test_erasing_asks_first(ada: Caller, monkeypatch: Any) -> None:
    monkeypatch.setattr("builtins.input", lambda _question: "yes")
    with pytest.raises(CommandError, match="nothing was erased"):
        run("erase_workspace", ada.workspace.pk)
    assert ada.get("/api/v1/credits").status_code == 200


def test_storage_and_rows_agree_after_ordinary_work(busy: Caller) -> None:
    assert "agree" in run("check_storage")


def test_a_row_without_its_file_is_found(busy: Caller) -> None:
    lost = Speech.objects.exclude(audio_name="").values_list("audio_name", flat=True)[0]
    default_storage.delete(lost)
    with pytest.raises(CommandError, match="1 rows without a file, 0 files without a row"):
        run("check_storage")


def test_a_file_without_a_row_is_found_and_removed_once_it_is_old(db: None) -> None:
    name = default_storage.save("speeches/nobody/left.mp3", ContentFile(b"left behind"))
    assert "agree" in run("check_storage"), "it may belong to a job that is about to end"
    two_hours_ago = time.time() - 7200
    os.utime(default_storage.path(name), (two_hours_ago, two_hours_ago))
    with pytest.raises(CommandError, match="0 rows without a file, 1 files without a row"):
        run("check_storage")
    assert "removed" in run("check_storage", "--remove")
    assert not default_storage.exists(name)
