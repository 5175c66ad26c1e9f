import re

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.cache import cache
from django.core.mail import EmailMessage
from django.db import transaction
from django.test import Client
from django.urls import reverse

from accounts.models import Membership, Role, User, Workspace
from accounts.operations import ensure_personal_workspace
from billing.models import Entry
from billing.queries import balance_of
from tests.dashboard.people import PASSWORD, browser_of, join, owner, person
from voiceclone import settings as project

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def sign_up(browser: Client, email: str):
    return browser.post(
        "/accounts/signup/", {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    )


@pytest.fixture(autouse=True)
def _as_with_a_mail_server(settings):
    settings.SIGNUP_CREDITS = 3000
    settings.SIGNUP_CREDITS_UNVERIFIED = False


def confirm(browser: Client, message: EmailMessage):
    """Follow the link of a mail and press its button."""
    [link] = re.findall(r"http://testserver(/accounts/confirm-email/\S+)", message.body)
    assert browser.get(link).status_code == 200
    return browser.post(link, follow=True)


def credits_of(email: str) -> int:
    workspace = Workspace.objects.filter(memberships__user__email=email).first()
    return balance_of(workspace).total


def test_signing_up_makes_a_workspace_whose_key_works_at_once(client):
    answer = sign_up(client, "ada@example.com")
    assert answer.status_code == 302
    assert answer.url == "/dashboard/"

    workspace = Workspace.objects.get(memberships__user__email="ada@example.com")
    assert workspace.memberships.get().role == Role.OWNER
    made = client.post("/dashboard/keys", {"name": "phone", "scopes": ["billing:read"]})
    key = re.search(r"vc_[0-9A-Za-z]{50}", made.content.decode())
    answer = Client().get("/api/v1/credits", headers={"authorization": f"Bearer {key[0]}"})
    assert answer.status_code == 200
    assert answer.json()["credits"] == 0


@pytest.mark.parametrize("verification", ["optional", "mandatory"])
def test_the_credits_come_with_the_confirmed_address_and_once(client, settings, verification):
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    sign_up(client, "ada@example.com")
    assert credits_of("ada@example.com") == 0
    [message] = mail.outbox
    confirm(client, message)
    assert credits_of("ada@example.com") == 3000
    confirm(client, message)
    assert credits_of("ada@example.com") == 3000
    assert Entry.objects.count() == 1


def test_the_dashboard_says_so_until_then_and_sends_the_mail_again(client):
    sign_up(client, "ada@example.com")
    notice = "3,000 credits come with your confirmed email address"
    for page in ("/dashboard/", "/dashboard/credits"):
        assert notice in client.get(page).content.decode()
    cache.clear()  # the last mail was sent three minutes ago
    client.post("/accounts/email/", {"email": "ada@example.com", "action_send": ""})
    assert len(mail.outbox) == 2
    confirm(client, mail.outbox[1])
    for page in ("/dashboard/", "/dashboard/credits"):
        assert notice not in client.get(page).content.decode()


def test_a_second_address_of_a_person_gives_nothing(client):
    sign_up(client, "ada@example.com")
    confirm(client, mail.outbox[-1])
    client.post("/accounts/email/", {"email": "ada@example.org", "action_add": ""})
    confirm(client, mail.outbox[-1])
    assert EmailAddress.objects.filter(verified=True).count() == 2
    assert credits_of("ada@example.com") == 3000


def test_where_no_mail_is_sent_the_credits_may_come_at_once(client, settings):
    settings.SIGNUP_CREDITS_UNVERIFIED = True
    sign_up(client, "ada@example.com")
    assert credits_of("ada@example.com") == 3000
    assert "come with your confirmed" not in client.get("/dashboard/").content.decode()
    confirm(client, mail.outbox[-1])
    assert credits_of("ada@example.com") == 3000
    assert Workspace.objects.count() == 1


def told(answer) -> tuple[int, str, str]:
    """Return what somebody is answered, followed to its page, without its one-time token."""
    where = answer.headers.get("Location", "")
    page = answer.client.get(where).content.decode() if where else answer.content.decode()
    return answer.status_code, where, re.sub(r'(csrfmiddlewaretoken" value=")\w+', "", page)


def test_signing_up_does_not_tell_who_is_here_where_addresses_must_be_confirmed(settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    known = "ada@example.com"
    owner("ada")
    EmailAddress.objects.create(user=User.objects.get(), email=known, verified=True, primary=True)
    answers = [told(sign_up(Client(), address)) for address in (known, "eve@example.com")]
    words = [page.replace(known, "A").replace("eve@example.com", "A") for *_, page in answers]
    assert answers[0][:2] == answers[1][:2]
    assert words[0] == words[1]
    assert {message.to[0] for message in mail.outbox} == {known, "eve@example.com"}
    assert User.objects.count() == 2


@pytest.mark.parametrize("verification", ["optional", "mandatory"])
def test_resetting_a_password_does_not_tell_who_is_here(settings, verification):
    settings.ACCOUNT_EMAIL_VERIFICATION = verification
    owner("ada")
    answers = [
        told(Client().post("/accounts/password/reset/", {"email": address}))
        for address in ("ada@example.com", "eve@example.com")
    ]
    assert answers[0] == answers[1]


def test_one_address_signs_up_so_many_people_a_day(settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "20/m/ip,3/d/ip"}
    answers = [sign_up(Client(), f"{name}@example.com").status_code for name in "abcd"]
    assert answers == [302, 302, 302, 429]
    assert project.ACCOUNT_RATE_LIMITS["signup"].endswith("/d/ip")


def test_signing_up_gives_one_workspace(client):
    sign_up(client, "ada@example.com")
    client.get("/dashboard/")
    client.get("/dashboard/")
    assert Workspace.objects.count() == 1
    assert not Entry.objects.exists()


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
