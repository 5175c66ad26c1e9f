"""The admin's form that takes credits back."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.api_keys import create_api_key
from accounts.models import User
from billing.models import EntryKind
from tests.dashboard.people import PASSWORD, browser_of, owner, person

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

ASKED = {"source": "permanent", "amount": "400", "reason": "Invoice 17 was charged back"}


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def staff():
    return browser_of(User.objects.create_superuser("grace@example.com", PASSWORD))


def form_of(workspace) -> str:
    return f"/admin/billing/wallet/take-back/{workspace.pk}/"


def confirmation_on(answer) -> dict[str, str]:
    page = answer.content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert "token" in fields, page
    return {**fields, "confirm": "Take back"}


def taken(workspace) -> list[int]:
    entries = workspace.wallet.entries.filter(kind=EntryKind.ADJUST).order_by("sequence")
    return [entry.amount for entry in entries]


def test_what_is_taken_shows_with_its_reason_on_the_ledger_page_and_in_the_api(ada, staff):
    user, workspace = ada
    preview = staff.post(form_of(workspace), ASKED)
    page = preview.content.decode()
    assert "1,000 &rarr; 600" in page
    assert taken(workspace) == []

    done = staff.post(form_of(workspace), confirmation_on(preview), follow=True)
    assert "Took back 400 credits" in done.content.decode()
    assert taken(workspace) == [-400]

    ledger = browser_of(user).get("/dashboard/credits").content.decode()
    assert "Taken back" in ledger
    assert "Invoice 17 was charged back" in ledger
    _key, written = create_api_key(workspace=workspace, name="phone")
    headers = {"authorization": f"Bearer {written}"}
    [entry, _grant] = Client().get("/api/v1/credits/ledger", headers=headers).json()["entries"]
    assert (entry["kind"], entry["permanent"]) == ("adjust", -400)
    assert entry["reason"] == "Invoice 17 was charged back"


def test_confirming_twice_takes_once_and_says_so(ada, staff):
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    staff.post(form_of(ada[1]), sent)
    again = staff.post(form_of(ada[1]), sent, follow=True)
    assert "had been taken back before" in again.content.decode()
    assert taken(ada[1]) == [-400]
    [told] = LogEntry.objects.all()
    assert told.change_message == "Took back 400 permanent credits (entry 2)."


def test_more_than_there_is_is_refused_or_what_is_there_is_taken(ada, staff):
    answer = staff.post(form_of(ada[1]), {**ASKED, "amount": "1001"})
    assert "There are only 1,000 credits to take from." in answer.content.decode()
    preview = staff.post(form_of(ada[1]), {**ASKED, "amount": "1001", "up_to": "on"})
    assert "1,000 &rarr; 0" in preview.content.decode()
    staff.post(form_of(ada[1]), confirmation_on(preview))
    assert taken(ada[1]) == [-1000]


@pytest.mark.parametrize("wrong", [{"amount": "0"}, {"reason": " "}, {"source": "all"}])
def test_a_wrong_form_takes_nothing_even_when_it_claims_to_be_confirmed(ada, staff, wrong):
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    answer = staff.post(form_of(ada[1]), {**sent, **wrong})
    assert "errorlist" in answer.content.decode()
    assert taken(ada[1]) == []


def test_taking_back_needs_its_own_permission(ada):
    henry = person("henry", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="billing")
    henry.user_permissions.set(permissions.exclude(codename="take_back_credits"))
    staff = browser_of(henry)
    assert staff.get(form_of(ada[1])).status_code == 403
    assert staff.post(form_of(ada[1]), ASKED).status_code == 403
    wallet = f"/admin/billing/wallet/{ada[1].wallet.pk}/change/"
    assert "Take back credits" not in staff.get(wallet).content.decode()
    henry.user_permissions.set(permissions.filter(codename="take_back_credits"))
    staff = browser_of(henry)
    staff.post(form_of(ada[1]), confirmation_on(staff.post(form_of(ada[1]), ASKED)))
    assert taken(ada[1]) == [-400]
