import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys import MAX_LIVE_KEYS, create_api_key
from accounts.models import ApiKey, Role
from tests.dashboard.people import browser_of, join, owner, person, words_on

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

ALL = {"name": "phone line", "scopes": ["speech", "voices", "billing:read"]}


@pytest.fixture
def ada():
    return owner("ada")


def written_on(answer) -> str:
    return re.search(r"vc_[0-9A-Za-z]{50}", answer.content.decode())[0]


def credits_status(key: str) -> int:
    answer = Client().get("/api/v1/credits", headers={"authorization": f"Bearer {key}"})
    return answer.status_code


def test_a_key_is_shown_by_the_page_that_makes_it_and_by_no_other(ada):
    browser = browser_of(ada[0])
    made = browser.post("/dashboard/keys", ALL)
    key = written_on(made)
    assert "no-store" in made.headers["Cache-Control"]
    for path in (
        "/dashboard/",
        "/dashboard/keys",
        f"/dashboard/keys/{ApiKey.objects.get().pk}/revoke",
    ):
        page = browser.get(path).content.decode()
        assert key not in page
        assert key[15:] not in page
    assert ApiKey.objects.get().prefix in browser.get("/dashboard/keys").content.decode()


def test_a_key_carries_what_was_chosen(ada):
    day = timezone.now().date() + timedelta(days=30)
    browser_of(ada[0]).post(
        "/dashboard/keys", {"name": "report", "scopes": ["billing:read"], "expires": str(day)}
    )
    key = ApiKey.objects.get()
    assert (key.name, key.scopes, key.created_by) == ("report", ["billing:read"], ada[0])
    assert key.expires_at.date() == day + timedelta(days=1)


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"scopes": []},
        {"scopes": ["everything"]},
        {"expires": "2001-01-01"},
        {"expires": "soon"},
    ],
)
def test_a_wrong_form_makes_no_key_and_is_shown_again(ada, wrong):
    answer = browser_of(ada[0]).post("/dashboard/keys", {**ALL, **wrong})
    assert answer.status_code == 400
    assert b"errorlist" in answer.content
    assert not ApiKey.objects.exists()


def test_the_last_day_of_the_calendar_is_a_day_like_any_other(ada):
    browser_of(ada[0]).post("/dashboard/keys", {**ALL, "expires": "9999-12-31"})
    assert ApiKey.objects.count() == 1


def test_a_revoked_key_stops_at_once_and_asks_first(ada):
    browser = browser_of(ada[0])
    written = written_on(browser.post("/dashboard/keys", ALL))
    where = f"/dashboard/keys/{ApiKey.objects.get().pk}/revoke"
    assert credits_status(written) == 200
    assert b"cannot be undone" in browser.get(where).content
    assert credits_status(written) == 200
    assert browser.post(where).url == "/dashboard/keys"
    assert credits_status(written) == 401
    assert b"Revoked" in browser.get("/dashboard/keys").content
    assert browser.post(where, follow=True).status_code == 200


def test_a_member_sees_the_keys_and_can_neither_make_nor_revoke_one(ada):
    user, workspace = ada
    key, _written = create_api_key(workspace=workspace, name="phone line", created_by=user)
    brian = person("brian")
    join(workspace, brian, Role.MEMBER)
    browser = browser_of(brian)
    page = browser.get("/dashboard/keys").content.decode()
    assert key.prefix in page
    assert "Make a key" not in page
    assert "revoke" not in page.lower().replace("make and revoke keys", "")
    assert browser.post("/dashboard/keys", ALL).status_code == 403
    assert browser.post(f"/dashboard/keys/{key.pk}/revoke").status_code == 403
    assert ApiKey.objects.get().revoked_at is None


def test_an_admin_of_the_workspace_makes_keys(ada):
    carol = person("carol")
    join(ada[1], carol, Role.ADMIN)
    assert browser_of(carol).post("/dashboard/keys", ALL).status_code == 200
    assert ApiKey.objects.get().workspace == ada[1]


def test_another_workspaces_key_answers_as_one_that_does_not_exist(ada):
    _eve, hers = owner("eve")
    key, _written = create_api_key(workspace=hers, name="secret plans")
    browser = browser_of(ada[0])
    foreign = browser.post(f"/dashboard/keys/{key.pk}/revoke")
    missing = browser.post("/dashboard/keys/c0000000000000000000000000/revoke")
    assert foreign.status_code == missing.status_code == 404
    assert words_on(foreign) == words_on(missing)
    assert browser.get(f"/dashboard/keys/{key.pk}/revoke").status_code == 404
    assert ApiKey.objects.get().revoked_at is None
    assert b"secret plans" not in browser.get("/dashboard/keys").content


def test_a_form_without_its_token_changes_nothing(ada):
    browser = browser_of(ada[0], enforce_csrf_checks=True)
    assert browser.post("/dashboard/keys", ALL).status_code == 403
    assert not ApiKey.objects.exists()


def test_too_many_keys_are_refused_in_words(ada):
    for _ in range(MAX_LIVE_KEYS):
        create_api_key(workspace=ada[1], name="one of many")
    answer = browser_of(ada[0]).post("/dashboard/keys", ALL)
    assert answer.status_code == 409
    assert b"Revoke one first" in answer.content
