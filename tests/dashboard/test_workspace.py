import json
import tempfile
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import transaction
from django.test import Client

from accounts.api_keys import create_api_key
from accounts.models import ApiKey, Membership, Role, Workspace
from billing.audit import audit
from billing.models import Entry
from billing.operations import grant_signup_credits
from speech.models import Speech, WebhookEndpoint
from tests.dashboard.people import (
    browser_of,
    join,
    owner,
    person,
    speech_in,
    token_on,
    voice_of,
)
from tests.support.callers import AARON
from voiceclone.dashboard import seat
from voiceclone.housekeeping.erase import erase_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

PAGE = "/dashboard/workspace"
ERASE = "/dashboard/workspace/erase"
EXPORT = "/dashboard/workspace/export"


@pytest.fixture
def ada():
    return owner("ada")


def meant(workspace) -> dict[str, str]:
    return {"workspace": workspace.pk, "name": workspace.name}


def test_the_page_names_the_members_with_their_roles(ada):
    join(ada[1], person("carol"), Role.ADMIN)
    page = browser_of(ada[0]).get(PAGE).content.decode()
    assert ada[1].pk in page
    for words in ("ada@example.com", "Owner", "carol@example.com", "Admin"):
        assert words in page


def test_an_owner_downloads_everything_in_one_zip(ada):
    speech_in(voice_of(ada[1]), "A secret of Ada")
    answer = browser_of(ada[0]).post(EXPORT)
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert answer.streaming
    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        said = json.loads(archive.read("workspace.json"))
        assert len([name for name in archive.namelist() if name.startswith("audio/")]) == 2
    assert [speech["text"] for speech in said["speeches"]] == ["A secret of Ada"]


def test_an_export_that_storage_stops_says_so(ada, monkeypatch):
    speech_in(voice_of(ada[1]), "A secret of Ada")
    monkeypatch.setattr(FileSystemStorage, "open", lambda *_name: 1 / 0)
    answer = browser_of(ada[0]).post(EXPORT, follow=True)
    assert b"could not be made just now" in answer.content


def test_an_owner_downloads_what_is_there_where_a_file_is_missing(ada):
    speech = speech_in(voice_of(ada[1]), "A secret of Ada")
    default_storage.delete(speech.audio_name)
    answer = browser_of(ada[0]).post(EXPORT)
    with zipfile.ZipFile(BytesIO(answer.getvalue())) as archive:
        assert json.loads(archive.read("workspace.json"))["missingFiles"] == [speech.audio_name]


@pytest.mark.parametrize(
    ("page", "form"),
    [
        ("/dashboard/keys", {"name": "a program", "scopes": ["speech"], "expires": ""}),
        ("/dashboard/webhooks", {"url": "https://example.com/a", "events": ["voice.completed"]}),
        ("/dashboard/speak", {"text": "A secret", "voice": AARON}),
    ],
)
def test_a_form_sent_while_the_workspace_is_erased_adds_nothing(ada, monkeypatch, page, form):
    browser = browser_of(ada[0])
    shown = browser.get(page)
    token = {"token": token_on(shown)} if 'name="token"' in shown.content.decode() else {}
    seat_of = seat.seat_of

    def erased_meanwhile(request):
        found = seat_of(request)
        monkeypatch.setattr(seat, "seat_of", seat_of)
        erase_workspace(found.workspace)
        return found

    monkeypatch.setattr(seat, "seat_of", erased_meanwhile)
    answer = browser.post(page, {**form, **token}, follow=True)
    assert answer.redirect_chain[0][0] == "/dashboard/"
    assert b"The workspace has been erased." in answer.content
    for kind in (ApiKey, WebhookEndpoint, Speech):
        assert not kind.objects.filter(workspace=ada[1]).exists()


def test_an_export_leaves_no_file_behind(ada, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer = browser_of(ada[0]).post(EXPORT)
    assert list(Path(tmp_path).iterdir()) == []
    assert zipfile.is_zipfile(BytesIO(answer.getvalue()))


@pytest.mark.parametrize("role", [Role.MEMBER, Role.ADMIN])
def test_who_is_no_owner_neither_takes_nor_erases_anything(ada, role):
    brian = person("brian")
    join(ada[1], brian, role)
    browser = browser_of(brian)
    page = browser.get(PAGE).content.decode()
    assert EXPORT not in page
    assert ERASE not in page
    assert browser.post(EXPORT).status_code == 403
    assert browser.get(ERASE).status_code == 403
    assert browser.post(ERASE, meant(ada[1])).status_code == 403
    assert Workspace.objects.get(pk=ada[1].pk).name == ada[1].name


def test_an_export_is_asked_for_by_a_form_and_never_by_a_link(ada):
    assert browser_of(ada[0]).get(EXPORT).status_code == 405
    browser = browser_of(ada[0], enforce_csrf_checks=True)
    assert browser.post(EXPORT).status_code == 403
    assert browser.post(ERASE, meant(ada[1])).status_code == 403


def test_erasing_leaves_nothing_but_the_ledger_and_a_fresh_workspace(ada):
    user, workspace = ada
    speech = speech_in(voice_of(workspace), "A secret of Ada")
    _key, written = create_api_key(workspace=workspace, name="phone")
    browser = browser_of(user)
    browser.post("/dashboard/workspace/choose", {"workspace": workspace.pk})

    answer = browser.post(ERASE, meant(workspace), follow=True)
    assert answer.redirect_chain[-1][0] == "/dashboard/"
    assert b"The workspace is erased" in answer.content
    assert not Speech.objects.exists()
    assert not default_storage.exists(speech.audio_name)
    assert Workspace.objects.get(pk=workspace.pk).name == "erased"
    headers = {"authorization": f"Bearer {written}"}
    assert Client().get("/api/v1/credits", headers=headers).status_code == 401
    assert Entry.objects.filter(wallet__workspace=workspace, kind="charge").exists()
    assert list(audit()) == []

    fresh = Membership.objects.get(user=user)
    assert (fresh.role, fresh.workspace.name) == (Role.OWNER, "ada's workspace")
    assert fresh.workspace_id != workspace.pk
    for path in ("/dashboard/", PAGE, "/dashboard/speeches", "/dashboard/keys"):
        page = browser.get(path)
        assert page.status_code == 200
        assert b"A secret of Ada" not in page.content


def test_who_has_another_workspace_goes_on_there(ada):
    brian, his = owner("brian")
    join(ada[1], brian, Role.OWNER)
    browser = browser_of(brian)
    browser.post("/dashboard/workspace/choose", {"workspace": ada[1].pk})
    answer = browser.post(ERASE, meant(ada[1]), follow=True)
    assert his.name.replace("'", "&#x27;") in answer.content.decode()
    assert Membership.objects.get(user=brian).workspace == his
    assert not Membership.objects.filter(user=ada[0]).exists()
    assert browser_of(ada[0]).get("/dashboard/").status_code == 200


@pytest.mark.parametrize("name", ["", "ADA'S WORKSPACE", "ada", "ada's workspace 2"])
def test_another_name_erases_nothing(ada, name):
    answer = browser_of(ada[0]).post(ERASE, {**meant(ada[1]), "name": name})
    assert answer.status_code == 400
    assert b"errorlist" in answer.content
    assert Membership.objects.filter(workspace=ada[1]).exists()


def test_a_page_of_another_workspace_of_the_same_name_erases_nothing(ada):
    brian, his = owner("brian")
    join(ada[1], brian, Role.OWNER)
    Workspace.objects.filter(pk=his.pk).update(name=ada[1].name)
    browser = browser_of(brian)
    browser.post("/dashboard/workspace/choose", {"workspace": his.pk})
    answer = browser.post(ERASE, meant(ada[1]))
    assert answer.status_code == 400
    assert b"gone to another workspace" in answer.content
    assert Membership.objects.filter(user=brian).count() == 2


def test_the_admins_log_tells_who_erased_and_no_name(ada):
    browser_of(ada[0]).post(ERASE, meant(ada[1]))
    told = LogEntry.objects.get()
    assert (told.user, told.object_id, told.object_repr) == (ada[0], ada[1].pk, "erased")


def test_erasing_ones_only_workspace_gives_no_credits_again(ada, settings):
    settings.SIGNUP_CREDITS = 3000
    user, workspace = ada
    with transaction.atomic():
        assert grant_signup_credits(person=user, address=user.email).amount == 3000
    browser = browser_of(user)
    browser.post(ERASE, meant(workspace))
    browser.get(PAGE)
    fresh = Membership.objects.get(user=user).workspace
    with transaction.atomic():
        assert grant_signup_credits(person=user, address=user.email) is None
    assert not Entry.objects.filter(wallet__workspace=fresh).exists()
    assert browser.post(ERASE, meant(fresh)).status_code == 302  # which does no harm


def test_an_erasure_that_storage_stops_says_so_and_is_noted(ada, monkeypatch):
    speech_in(voice_of(ada[1]), "A secret of Ada")
    monkeypatch.setattr(FileSystemStorage, "delete", lambda *_name: 1 / 0)
    answer = browser_of(ada[0]).post(ERASE, meant(ada[1]), follow=True)
    assert b"could not be removed yet" in answer.content
    assert answer.status_code == 200
