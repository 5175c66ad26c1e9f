"""Subscriptions and purchases that staff records in a payment system's place."""

import html
import re

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.models import User
from billing.errors import BillingError, WalletMovedError
from billing.models import Entry, PaymentEvent, Plan
from billing.operations import record_purchase, start_subscription
from tests.dashboard.people import PASSWORD, browser_of, owner, person

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

ACTIONS = ("start-subscription", "change-plan", "end-subscription", "record-purchase")


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def staff():
    return browser_of(User.objects.create_superuser("grace@example.com", PASSWORD))


@pytest.fixture
def starter():
    return Plan.objects.create(name="Starter", monthly_credits=20_000)


@pytest.fixture
def studio():
    return Plan.objects.create(name="Studio", monthly_credits=250_000)


def where(workspace, action: str) -> str:
    return f"/admin/billing/wallet/{action}/{workspace.pk}/"


def asked(action: str, plan: Plan, reference: str = "ticket 4") -> dict[str, object]:
    more = {
        "start-subscription": {"plan": plan.pk},
        "change-plan": {"plan": plan.pk},
        "end-subscription": {"when": "now"},
        "record-purchase": {"credits": "5000"},
    }
    return {"external_reference": reference, **more[action]}


def confirmation_on(answer) -> dict[str, str]:
    """Read the fields that the preview's button sends."""
    page = answer.content.decode()
    fields = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page)
    said = {name: html.unescape(value) for name, value in fields}
    assert 'name="confirm"' in page, page
    return {**said, "confirm": "yes"}


def do(staff, workspace, action: str, said: dict[str, object]):
    """Fill the form, look at the preview, confirm it."""
    preview = staff.post(where(workspace, action), said)
    return staff.post(where(workspace, action), confirmation_on(preview), follow=True)


def subscribe(workspace, plan: Plan, reference: str = "first") -> None:
    with transaction.atomic():
        start_subscription(workspace=workspace, plan=plan, external_reference=reference)


def standing(workspace) -> tuple[object, ...]:
    wallet = workspace.wallet
    wallet.refresh_from_db()
    return wallet.plan, wallet.next_plan, wallet.ends_at_reset, wallet.regular, wallet.permanent


def words_on(answer) -> str:
    return html.unescape(answer.content.decode())


def test_a_subscription_is_started_after_a_preview_that_starts_nothing(ada, staff, starter):
    preview = staff.post(where(ada[1], "start-subscription"), asked("start-subscription", starter))
    assert "Nothing has been done yet" in words_on(preview)
    assert "20,000" in words_on(preview)
    assert standing(ada[1]) == (None, None, False, 0, 1000)
    assert not PaymentEvent.objects.exists()
    assert not LogEntry.objects.exists()

    done = staff.post(where(ada[1], "start-subscription"), confirmation_on(preview), follow=True)
    assert "Started a subscription to Starter (reference ticket 4)." in words_on(done)
    assert standing(ada[1]) == (starter, None, False, 20_000, 1000)
    grace = User.objects.get(email="grace@example.com")
    event = PaymentEvent.objects.get()
    assert (event.reference, event.actor) == ("ticket 4", f"user:{grace.pk}")
    told = LogEntry.objects.get()
    assert (told.user, told.object_id) == (grace, str(ada[1].wallet.pk))
    assert "Started a subscription to Starter" in told.change_message


def test_a_bigger_plan_counts_at_once(ada, staff, starter, studio):
    subscribe(ada[1], starter)
    done = do(staff, ada[1], "change-plan", asked("change-plan", studio))
    assert "Changed the plan to Studio" in words_on(done)
    assert standing(ada[1]) == (studio, None, False, 250_000, 1000)


def test_a_smaller_plan_waits_for_the_reset_and_says_so(ada, staff, starter, studio):
    subscribe(ada[1], studio)
    preview = staff.post(where(ada[1], "change-plan"), asked("change-plan", starter))
    assert "changes to Starter" in words_on(preview)
    done = do(staff, ada[1], "change-plan", asked("change-plan", starter))
    assert "Had the plan change to Starter at the next reset" in words_on(done)
    assert standing(ada[1]) == (studio, starter, False, 250_000, 1000)


def test_a_present_plan_that_is_no_longer_on_offer_can_be_chosen_to_stay(
    ada, staff, starter, studio
):
    subscribe(ada[1], studio)
    Plan.objects.filter(pk=studio.pk).update(active=False)
    do(staff, ada[1], "change-plan", asked("change-plan", starter))
    do(staff, ada[1], "change-plan", asked("change-plan", studio, "ticket 5"))
    assert standing(ada[1])[:2] == (studio, None)


@pytest.mark.parametrize(
    ("when", "said", "ends_at_reset", "regular"),
    [("now", "at once", False, 0), ("at_reset", "at its next reset", True, 20_000)],
)
def test_a_subscription_ends_now_or_at_its_reset(
    ada, staff, starter, *, when, said, ends_at_reset, regular
):
    subscribe(ada[1], starter)
    done = do(staff, ada[1], "end-subscription", {"external_reference": "ticket 4", "when": when})
    assert f"Had the subscription end {said}" in words_on(done)
    plan = starter if ends_at_reset else None
    assert standing(ada[1]) == (plan, None, ends_at_reset, regular, 1000)


def test_a_purchase_adds_permanent_credits(ada, staff, starter):
    done = do(staff, ada[1], "record-purchase", asked("record-purchase", starter, "invoice 17"))
    assert "Recorded a purchase of 5,000 permanent credits (reference invoice 17)." in words_on(
        done
    )
    assert standing(ada[1]) == (None, None, False, 0, 6000)
    assert Entry.objects.filter(kind="purchase", permanent=5000).count() == 1


@pytest.mark.parametrize("action", ACTIONS)
def test_confirming_twice_does_it_once_and_says_so(ada, staff, starter, studio, action):
    if action != "start-subscription":
        subscribe(ada[1], starter)
    preview = staff.post(where(ada[1], action), asked(action, studio))
    said = confirmation_on(preview)
    staff.post(where(ada[1], action), said)
    after = standing(ada[1])
    events, entries = PaymentEvent.objects.count(), Entry.objects.count()
    again = staff.post(where(ada[1], action), said, follow=True)
    assert "had been recorded before; nothing was changed" in words_on(again)
    assert standing(ada[1]) == after
    assert (PaymentEvent.objects.count(), Entry.objects.count()) == (events, entries)
    assert LogEntry.objects.count() == 1


def test_what_a_payment_system_told_before_is_previewed_as_known(ada, staff, starter):
    with transaction.atomic():
        record_purchase(workspace=ada[1], credits=5000, external_reference="invoice 17")
    said = asked("record-purchase", starter, "invoice 17")
    preview = staff.post(where(ada[1], "record-purchase"), said)
    assert "was recorded before" in words_on(preview)
    do(staff, ada[1], "record-purchase", said)
    assert standing(ada[1])[4] == 6000
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("confirm", [{}, {"confirm": "yes"}])
@pytest.mark.parametrize(
    ("action", "because"),
    [
        ("start-subscription", "has a plan that goes on"),
        ("record-purchase", "was used for something else"),
        ("change-plan", "was used for something else"),
        ("end-subscription", "was used for something else"),
    ],
)
def test_what_a_rule_forbids_is_an_error_of_the_form(
    ada, staff, starter, *, studio, action, because, confirm
):
    subscribe(ada[1], starter)
    reference = "ticket 4" if action == "start-subscription" else "first"
    before = standing(ada[1])
    answer = staff.post(where(ada[1], action), asked(action, studio, reference) | confirm)
    assert answer.status_code == 200
    assert because in words_on(answer)
    assert "errorlist" in answer.content.decode()
    assert standing(ada[1]) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize("confirm", [{}, {"confirm": "yes"}])
@pytest.mark.parametrize("action", ["change-plan", "end-subscription"])
def test_where_there_is_no_plan_there_is_none_to_change(ada, staff, starter, action, confirm):
    answer = staff.post(where(ada[1], action), asked(action, starter) | confirm)
    assert "The workspace has no plan" in words_on(answer)
    assert not PaymentEvent.objects.exists()


def test_a_reference_of_another_workspace_is_refused(ada, staff, starter):
    _eve, hers = owner("eve")
    with transaction.atomic():
        record_purchase(workspace=hers, credits=5000, external_reference="invoice 17")
    said = asked("record-purchase", starter, "invoice 17")
    answer = staff.post(where(ada[1], "record-purchase"), {**said, "confirm": "yes"})
    assert "was used for something else" in words_on(answer)
    assert standing(ada[1])[4] == 1000


def test_a_plan_that_is_withdrawn_meanwhile_is_refused(ada, staff, starter, monkeypatch):
    said = {**asked("start-subscription", starter), "confirm": "yes"}
    Plan.objects.filter(pk=starter.pk).update(active=False)
    answer = staff.post(where(ada[1], "start-subscription"), said)
    assert "errorlist" in answer.content.decode()
    monkeypatch.setattr("voiceclone.admin.subscription_forms.plans_on_offer", Plan.objects.all)
    answer = staff.post(where(ada[1], "start-subscription"), said)
    assert "This plan is not on offer." in words_on(answer)
    assert standing(ada[1]) == (None, None, False, 0, 1000)


@pytest.mark.parametrize("error", [WalletMovedError, BillingError])
def test_no_error_of_the_ledger_breaks_the_page(ada, staff, starter, monkeypatch, error):
    def broken(**_common):
        raise error

    monkeypatch.setattr("voiceclone.admin.subscription_actions.record_purchase", broken)
    said = {**asked("record-purchase", starter), "confirm": "yes"}
    answer = staff.post(where(ada[1], "record-purchase"), said)
    assert answer.status_code == 200
    assert error.code in words_on(answer)


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("start-subscription", {"plan": ""}),
        ("start-subscription", {"plan": "999999999"}),
        ("start-subscription", {"plan": "x"}),
        ("record-purchase", {"credits": "0"}),
        ("record-purchase", {"credits": "-1"}),
        ("record-purchase", {"credits": "1000000000001"}),
        ("record-purchase", {"credits": "many"}),
        ("record-purchase", {"external_reference": " "}),
        ("record-purchase", {"external_reference": "x" * 201}),
        ("record-purchase", {"external_reference": "a\x00b"}),
        ("end-subscription", {"when": "never"}),
    ],
)
def test_a_wrong_form_does_nothing_even_when_it_claims_to_be_confirmed(
    ada, staff, starter, action, wrong
):
    answer = staff.post(
        where(ada[1], action), {**asked(action, starter), **wrong, "confirm": "yes"}
    )
    assert answer.status_code == 200
    assert "errorlist" in answer.content.decode()
    assert not PaymentEvent.objects.exists()


def test_a_preview_can_be_changed(ada, staff, starter):
    preview = staff.post(where(ada[1], "record-purchase"), asked("record-purchase", starter))
    said = confirmation_on(preview)
    del said["confirm"]
    back = staff.post(where(ada[1], "record-purchase"), {**said, "back": "Change it"})
    assert 'value="5000"' in back.content.decode()
    assert 'name="confirm"' not in back.content.decode()
    assert not PaymentEvent.objects.exists()


def test_a_purchase_needs_the_reference_of_its_payment_and_the_rest_are_given_one(
    ada, staff, starter
):
    subscribe(ada[1], starter)
    for action in ACTIONS:
        page = staff.get(where(ada[1], action)).content.decode()
        given = re.search(r'name="external_reference"[^>]*value="(admin:[\w-]{36})"', page)
        assert (given is None) == (action == "record-purchase"), action
    again = staff.get(where(ada[1], "end-subscription")).content.decode()
    assert re.search(r'value="(admin:[\w-]{36})"', again)[1] not in page


@pytest.mark.parametrize("action", ACTIONS)
def test_the_actions_need_their_own_permission(ada, starter, action):
    henry = person("henry", is_staff=True)
    permissions = Permission.objects.filter(content_type__app_label="billing")
    henry.user_permissions.set(permissions.exclude(codename="add_paymentevent"))
    staff = browser_of(henry)
    assert staff.get(where(ada[1], action)).status_code == 403
    said = {**asked(action, starter), "confirm": "yes"}
    assert staff.post(where(ada[1], action), said).status_code == 403
    wallet = staff.get(f"/admin/billing/wallet/{ada[1].wallet.pk}/change/").content.decode()
    assert action not in wallet
    assert not PaymentEvent.objects.exists()

    henry.user_permissions.set(permissions.filter(codename="add_paymentevent"))
    staff = browser_of(henry)
    assert staff.get(where(ada[1], action)).status_code == 200
    if action == "record-purchase":
        assert staff.post(where(ada[1], action), said).url == "/admin/"


@pytest.mark.parametrize("action", ACTIONS)
def test_strangers_and_customers_have_no_business_there(ada, client, starter, action):
    said = {**asked(action, starter), "confirm": "yes"}
    assert client.post(where(ada[1], action), said).status_code == 302
    assert browser_of(ada[0]).post(where(ada[1], action), said).status_code in {302, 403}
    assert not PaymentEvent.objects.exists()


def test_a_workspace_that_does_not_exist_is_not_found(staff):
    for action in ACTIONS:
        path = f"/admin/billing/wallet/{action}/c0000000000000000000000000/"
        assert staff.get(path).status_code == 404


def test_what_can_be_done_is_a_click_from_the_wallet_and_from_the_workspace(ada, staff, starter):
    pages = (
        f"/admin/billing/wallet/{ada[1].wallet.pk}/change/",
        f"/admin/accounts/workspace/{ada[1].pk}/change/",
    )
    for path in pages:
        page = staff.get(path).content.decode()
        offered = [action for action in ACTIONS if where(ada[1], action) in page]
        assert offered == ["start-subscription", "record-purchase"]
    subscribe(ada[1], starter)
    for path in pages:
        page = staff.get(path).content.decode()
        offered = [action for action in ACTIONS if where(ada[1], action) in page]
        assert offered == ["change-plan", "end-subscription", "record-purchase"]


def test_hostile_words_are_shown_as_words(ada, staff):
    _user, workspace = ada
    workspace.name = "<script>alert(1)</script>"
    workspace.save(update_fields=["name"])
    plan = Plan.objects.create(name='"><img src=x>', monthly_credits=1)
    said = asked("start-subscription", plan, '"><img src=x>')
    preview = staff.post(where(workspace, "start-subscription"), said)
    done = do(staff, workspace, "start-subscription", said)
    for answer in (preview, done):
        assert "<script>alert" not in answer.content.decode()
        assert "<img src=x>" not in answer.content.decode()
