import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.api_keys import create_api_key
from accounts.models import User
from billing.ledger import SYSTEM
from billing.models import Entry, EntryKind
from tests.dashboard.people import PASSWORD, browser_of, owner, person

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

ASKED = {"balance": "permanent", "amount": "2500", "reason": "Invoice 17, paid"}


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def grace():
    return User.objects.create_superuser("grace@example.com", PASSWORD)


def form_of(workspace) -> str:
    return f"/admin/billing/wallet/grant/{workspace.pk}/"


def confirmation_on(answer) -> dict[str, str]:
    """Read the fields that the preview's button sends."""
    page = answer.content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert "token" in fields
    return {**fields, "confirm": "Grant"}


def granted(workspace) -> list[Entry]:
    entries = workspace.wallet.entries.filter(kind=EntryKind.GRANT)
    return list(entries.exclude(actor=SYSTEM))


def test_a_grant_shows_on_the_dashboard_and_in_the_api(ada, grace):
    user, workspace = ada
    staff = browser_of(grace)
    preview = staff.post(form_of(workspace), ASKED)
    assert granted(workspace) == []
    page = preview.content.decode()
    assert workspace.pk in page
    assert "1,000 &rarr; 3,500" in page
    assert "Invoice 17, paid" in page

    done = staff.post(form_of(workspace), confirmation_on(preview), follow=True)
    assert "Granted 2,500 credits" in done.content.decode()
    [entry] = granted(workspace)
    assert (entry.permanent, entry.actor) == (2500, f"user:{grace.pk}")
    assert entry.note.text == "Invoice 17, paid"

    assert "3,500" in browser_of(user).get("/dashboard/").content.decode()
    _key, written = create_api_key(workspace=workspace, name="phone")
    answer = Client().get("/api/v1/credits", headers={"authorization": f"Bearer {written}"})
    assert answer.json()["breakdown"]["permanent"] == 3500


def test_confirming_twice_grants_once_and_says_so(ada, grace):
    staff = browser_of(grace)
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    staff.post(form_of(ada[1]), sent)
    again = staff.post(form_of(ada[1]), sent, follow=True)
    assert "had been granted before" in again.content.decode()
    assert len(granted(ada[1])) == 1
    assert LogEntry.objects.count() == 1


def test_a_preview_that_was_confirmed_does_not_give_another_amount(ada, grace):
    staff = browser_of(grace)
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    staff.post(form_of(ada[1]), sent)
    answer = staff.post(form_of(ada[1]), {**sent, "amount": "9000"})
    page = answer.content.decode()
    assert "This preview was confirmed before, with other values." in page
    assert 'value="9000"' in page
    assert [entry.permanent for entry in granted(ada[1])] == [2500]


def test_two_previews_are_two_grants(ada, grace):
    staff = browser_of(grace)
    for _ in range(2):
        staff.post(form_of(ada[1]), confirmation_on(staff.post(form_of(ada[1]), ASKED)))
    assert len(granted(ada[1])) == 2
    assert LogEntry.objects.count() == 2


def test_regular_credits_say_how_long_they_last(ada, grace):
    staff = browser_of(grace)
    preview = staff.post(form_of(ada[1]), {**ASKED, "balance": "regular"})
    assert "0 &rarr; 2,500 (for one month)" in preview.content.decode()
    staff.post(form_of(ada[1]), confirmation_on(preview))
    wallet = ada[1].wallet
    wallet.refresh_from_db()
    assert (wallet.regular, wallet.permanent) == (2500, 1000)
    assert wallet.resets_at is not None


def test_a_preview_can_be_changed(ada, grace):
    staff = browser_of(grace)
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    del sent["confirm"]
    back = staff.post(form_of(ada[1]), {**sent, "back": "Change it"})
    assert 'value="2500"' in back.content.decode()
    assert granted(ada[1]) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "10000001"},
        {"amount": "1e3"},
        {"amount": ""},
        {"reason": " "},
        {"reason": "x" * 501},
        {"balance": "golden"},
    ],
)
def test_a_wrong_form_grants_nothing_even_when_it_claims_to_be_confirmed(ada, grace, wrong):
    staff = browser_of(grace)
    sent = confirmation_on(staff.post(form_of(ada[1]), ASKED))
    answer = staff.post(form_of(ada[1]), {**sent, **wrong})
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert granted(ada[1]) == []


@pytest.mark.parametrize("token", ["", "not-a-token"])
def test_a_confirmation_without_its_token_is_previewed_again(ada, grace, token):
    staff = browser_of(grace)
    answer = staff.post(form_of(ada[1]), {**ASKED, "token": token, "confirm": "Grant"})
    assert "Nothing has been done yet" in answer.content.decode()
    assert granted(ada[1]) == []


def test_the_admins_own_log_tells_who_granted(ada, grace):
    staff = browser_of(grace)
    staff.post(form_of(ada[1]), confirmation_on(staff.post(form_of(ada[1]), ASKED)))
    told = LogEntry.objects.get()
    assert told.user == grace
    assert told.object_id == str(ada[1].wallet.pk)
    assert "2500 permanent" in told.change_message
    history = staff.get(f"/admin/billing/wallet/{ada[1].wallet.pk}/history/")
    assert "Granted 2500 permanent credits" in history.content.decode()


def test_granting_needs_its_own_permission(ada):
    henry = person("henry", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="billing")
    henry.user_permissions.set(permissions.exclude(codename="grant_credits"))
    staff = browser_of(henry)
    wallet = f"/admin/billing/wallet/{ada[1].wallet.pk}/change/"
    assert staff.get(form_of(ada[1])).status_code == 403
    assert staff.post(form_of(ada[1]), ASKED).status_code == 403
    assert "Grant credits" not in staff.get(wallet).content.decode()

    henry.user_permissions.set(permissions.filter(codename="grant_credits"))
    staff = browser_of(henry)
    done = staff.post(form_of(ada[1]), confirmation_on(staff.post(form_of(ada[1]), ASKED)))
    assert done.url == "/admin/"
    assert len(granted(ada[1])) == 1


def test_strangers_and_customers_have_no_business_there(ada, client):
    assert client.get(form_of(ada[1])).status_code == 302
    customer = browser_of(ada[0])
    assert customer.post(form_of(ada[1]), ASKED).status_code in {302, 403}
    assert granted(ada[1]) == []


def test_a_workspace_that_does_not_exist_is_not_found(grace):
    where = "/admin/billing/wallet/grant/c0000000000000000000000000/"
    assert browser_of(grace).get(where).status_code == 404


def test_the_form_is_a_click_from_the_wallet_and_from_the_workspace(ada, grace):
    staff = browser_of(grace)
    for path in (
        f"/admin/billing/wallet/{ada[1].wallet.pk}/change/",
        f"/admin/accounts/workspace/{ada[1].pk}/change/",
    ):
        assert form_of(ada[1]) in staff.get(path).content.decode()


def test_hostile_words_are_shown_as_words(ada, grace):
    _user, workspace = ada
    workspace.name = "<script>alert(1)</script>"
    workspace.save(update_fields=["name"])
    preview = browser_of(grace).post(form_of(workspace), {**ASKED, "reason": '"><img src=x>'})
    page = preview.content.decode()
    assert "<script>alert" not in page
    assert "<img src=x>" not in page
