import re

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from accounts.operations import ensure_personal_workspace
from billing.models import Entry
from tests.dashboard.people import PASSWORD, browser_of, join, owner, person

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def sign_up(browser: Client, email: str):
    return browser.post(
        "/accounts/signup/", {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    )


def test_signing_up_makes_a_workspace_whose_key_works_at_once(client, settings):
    answer = sign_up(client, "ada@example.com")
    assert answer.status_code == 302
    assert answer.url == "/dashboard/"

    workspace = Workspace.objects.get(memberships__user__email="ada@example.com")
    assert workspace.memberships.get().role == Role.OWNER
    page = client.get("/dashboard/").content.decode()
    assert f"{settings.SIGNUP_CREDITS:,}" in page

    made = client.post("/dashboard/keys", {"name": "phone", "scopes": ["billing:read"]})
    key = re.search(r"vc_[0-9A-Za-z]{50}", made.content.decode())
    answer = Client().get("/api/v1/credits", headers={"authorization": f"Bearer {key[0]}"})
    assert answer.status_code == 200
    assert answer.json()["credits"] == settings.SIGNUP_CREDITS


def test_signing_up_gives_credits_once(client):
    sign_up(client, "ada@example.com")
    client.get("/dashboard/")
    client.get("/dashboard/")
    assert Workspace.objects.count() == 1
    assert Entry.objects.count() == 1


def test_an_address_that_is_taken_makes_no_second_account(client):
    owner("ada")
    sign_up(client, "Ada@Example.com")
    assert User.objects.count() == 1
    assert Workspace.objects.count() == 1


def test_one_signs_in_with_an_address_in_any_case_and_signs_out_again(client):
    owner("ada")
    answer = client.post("/accounts/login/", {"login": "ADA@example.com", "password": PASSWORD})
    assert answer.url == "/dashboard/"
    assert client.get("/dashboard/").status_code == 200
    assert client.post("/accounts/logout/").url == "/"
    assert client.get("/dashboard/").status_code == 302


def test_a_wrong_password_does_not_sign_in(client):
    owner("ada")
    answer = client.post("/accounts/login/", {"login": "ada@example.com", "password": "guess"})
    assert answer.status_code == 200
    assert client.get("/dashboard/").status_code == 302


def test_a_forgotten_password_is_reset_by_mail(client):
    user, _workspace = owner("ada")
    assert client.post("/accounts/password/reset/", {"email": user.email}).status_code == 302
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+", mail.outbox[0].body)[0]
    form = client.get(link, follow=True)
    where = form.redirect_chain[-1][0]
    new = "another horse entirely"
    client.post(where, {"password1": new, "password2": new})
    answer = Client().post("/accounts/login/", {"login": user.email, "password": new})
    assert answer.url == "/dashboard/"


def test_a_superuser_of_the_command_line_gets_a_workspace_by_opening_the_dashboard():
    grace = User.objects.create_superuser("grace@example.com", PASSWORD)
    browser = browser_of(grace)
    assert browser.get("/dashboard/").status_code == 200
    assert browser.get("/dashboard/keys").status_code == 200
    assert Membership.objects.filter(user=grace, role=Role.OWNER).count() == 1


def test_who_is_in_a_workspace_is_given_no_other():
    _ada, workspace = owner("ada")
    brian = person("brian")
    join(workspace, brian)
    with transaction.atomic():
        ensure_personal_workspace(user=brian)
    assert Workspace.objects.count() == 1


@pytest.mark.parametrize(
    "name",
    [
        "dashboard",
        "dashboard-keys",
        "dashboard-credits",
        "dashboard-speeches",
        "dashboard-voices",
        "dashboard-speak",
        "dashboard-webhooks",
        "dashboard-workspace",
        "dashboard-workspace-erase",
    ],
)
def test_strangers_are_asked_to_sign_in(client, name):
    answer = client.get(reverse(name))
    assert answer.status_code == 302
    assert answer.url.startswith("/accounts/login/?next=")
