"""Default languages and the language of a speech on the dashboard and in the admin."""

import pytest

from accounts.models import Role, User, Workspace
from speech.models import Speech
from tests.dashboard.people import browser_of, join, owner, person, speech_in, token_on, voice_of
from tests.languages.sentences import SENTENCES

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

PAGE = "/dashboard/workspace"
FORM = "/dashboard/workspace/language"


@pytest.fixture
def ada():
    return owner("ada")


def speak(user, voice, text: str, **fields):
    browser = browser_of(user)
    token = token_on(browser.get("/dashboard/speak"))
    return browser.post(
        "/dashboard/speak", {"voice": voice.pk, "text": text, "token": token, **fields}
    )


def default_of(workspace: Workspace) -> str | None:
    return Workspace.objects.get(pk=workspace.pk).default_language


def test_owners_and_admins_set_the_default_language_and_unset_it(ada) -> None:
    user, workspace = ada
    admin = person("carol")
    join(workspace, admin, Role.ADMIN)
    assert browser_of(user).post(FORM, {"language": "fr"}).url == PAGE
    assert default_of(workspace) == "fr"
    assert b'value="fr" selected' in browser_of(user).get(PAGE).content
    browser_of(admin).post(FORM, {"language": ""})
    assert default_of(workspace) is None


def test_members_see_the_default_language_and_cannot_set_it(ada) -> None:
    _user, workspace = ada
    member = person("dan")
    join(workspace, member, Role.MEMBER)
    assert b"Found from the text" in browser_of(member).get(PAGE).content
    assert browser_of(member).post(FORM, {"language": "fr"}).status_code == 403
    assert default_of(workspace) is None


def test_what_is_no_choice_is_refused(ada) -> None:
    user, workspace = ada
    answer = browser_of(user).post(FORM, {"language": "tlh"}, follow=True)
    assert b"not a language that is spoken here" in answer.content
    assert default_of(workspace) is None


def test_a_region_that_was_set_elsewhere_stays_a_choice(ada) -> None:
    user, workspace = ada
    Workspace.objects.filter(pk=workspace.pk).update(default_language="de-at")
    assert b'value="de-at" selected' in browser_of(user).get(PAGE).content
    browser_of(user).post(FORM, {"language": "de-at"})
    assert default_of(workspace) == "de-at"


@pytest.mark.parametrize(("fields", "language"), [({}, "de"), ({"language": "fr"}, "fr")])
def test_the_speak_form_takes_a_language_or_finds_it(ada, fields, language) -> None:
    user, workspace = ada
    answer = speak(user, voice_of(workspace), SENTENCES["de"][0], **fields)
    speech = Speech.objects.get()
    assert answer.url == f"/dashboard/speeches/{speech.pk}"
    assert speech.language == language
    page = browser_of(user).get(answer.url).content.decode()
    assert f"<dt>Language</dt><dd>{language}</dd>" in page


def test_text_that_is_not_spoken_is_kept_in_the_form_and_free(ada, settings) -> None:
    user, workspace = ada
    settings.ENGINE = "chatterbox"
    answer = speak(user, voice_of(workspace), SENTENCES["zh"][0])
    assert answer.status_code == 400
    assert "The text looks like Chinese" in answer.content.decode()
    assert SENTENCES["zh"][0] in answer.content.decode()
    assert not Speech.objects.exists()


def test_a_speech_of_before_shows_no_language(ada) -> None:
    speech = speech_in(voice_of(ada[1]), "Good day")
    page = browser_of(ada[0]).get(f"/dashboard/speeches/{speech.pk}").content
    assert b"<dt>Language</dt>" not in page


@pytest.mark.parametrize(
    ("written", "kept"), [("Deutsch", "de"), ("fr_CA", "fr-ca"), ("", None), ("Klingon", "it")]
)
def test_staff_write_the_default_language_as_customers_do(ada, written, kept) -> None:
    _user, workspace = ada
    Workspace.objects.filter(pk=workspace.pk).update(default_language="it")
    staff = User.objects.create_superuser("root@example.com", "correct horse battery staple")
    path = f"/admin/accounts/workspace/{workspace.pk}/change/"
    answer = browser_of(staff).post(path, {"name": workspace.name, "default_language": written})
    assert answer.status_code == (200 if written == "Klingon" else 302)
    assert default_of(workspace) == kept
