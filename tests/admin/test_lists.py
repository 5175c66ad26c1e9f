import pytest
from django.contrib.auth.models import Permission
from django.db import transaction
from django.test import Client
from django.utils import timezone

from accounts.api_keys import authenticate, create_api_key
from accounts.models import ApiKey, User
from billing.models import PaymentEvent, Plan
from billing.operations import record_purchase, start_subscription
from speech.models import Delivery, DeliveryAttempt
from speech.webhooks.endpoints import create_endpoint, send_test
from speech.webhooks.rotation import rotate_secret
from speech.webhooks.signing import unseal
from tests.dashboard.people import PASSWORD, browser_of, join, owner, person, speech_in, voice_of

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def staff():
    return browser_of(User.objects.create_superuser("grace@example.com", PASSWORD))


def delivery_in(workspace) -> Delivery:
    """Have a webhook that answered its test with an error."""
    endpoint, _secret = create_endpoint(
        workspace=workspace, url="https://example.com/ada", events=["credits.low"]
    )
    delivery = send_test(endpoint=endpoint)
    DeliveryAttempt.objects.create(
        delivery=delivery,
        number=1,
        began_at=timezone.now(),
        seconds=0.25,
        status=500,
        response="out of tea",
    )
    return delivery


def test_every_list_and_every_row_opens(ada, staff):
    user, workspace = ada
    speech = speech_in(voice_of(workspace), "Good morning")
    key, _written = create_api_key(workspace=workspace, name="phone", created_by=user)
    plan = Plan.objects.create(name="Starter", monthly_credits=20_000)
    with transaction.atomic():
        start_subscription(workspace=workspace, plan=plan, external_reference="ada's first")
    delivery = delivery_in(workspace)
    rows = {
        "accounts/user": user.pk,
        "accounts/workspace": workspace.pk,
        "accounts/membership": workspace.memberships.get().pk,
        "accounts/apikey": key.pk,
        "billing/plan": plan.pk,
        "billing/paymentevent": PaymentEvent.objects.get().pk,
        "speech/webhookendpoint": delivery.endpoint_id,
        "speech/webhookevent": delivery.event_id,
        "speech/delivery": delivery.pk,
        "billing/wallet": workspace.wallet.pk,
        "billing/entry": workspace.wallet.entries.first().pk,
        "voices/voice": speech.voice_id,
        "speech/speech": speech.pk,
    }
    assert staff.get("/admin/").status_code == 200
    for where, pk in rows.items():
        assert staff.get(f"/admin/{where}/").status_code == 200, where
        assert staff.get(f"/admin/{where}/?q=ada").status_code == 200, where
        assert staff.get(f"/admin/{where}/{pk}/change/").status_code == 200, where
        assert staff.get(f"/admin/{where}/{pk}/history/").status_code == 200, where


@pytest.mark.parametrize("what", ["wallet", "entry"])
def test_not_even_a_superuser_writes_to_the_ledger(ada, staff, what):
    wallet = ada[1].wallet
    pk = wallet.pk if what == "wallet" else wallet.entries.get().pk
    where = f"/admin/billing/{what}/"
    assert staff.get(f"{where}add/").status_code == 403
    assert staff.get(f"{where}{pk}/delete/").status_code == 403
    assert (
        staff.post(f"{where}{pk}/change/", {"permanent": "9999", "amount": "1"}).status_code == 403
    )
    assert 'name="permanent"' not in staff.get(f"{where}{pk}/change/").content.decode()
    wallet.refresh_from_db()
    assert (wallet.permanent, wallet.entries.count()) == (1000, 1)


def test_what_was_paid_for_and_told_is_to_look_at(ada, staff):
    with transaction.atomic():
        record_purchase(workspace=ada[1], credits=500, external_reference="invoice 17")
    delivery = delivery_in(ada[1])
    rows = {
        "billing/paymentevent": PaymentEvent.objects.get().pk,
        "speech/webhookendpoint": delivery.endpoint_id,
        "speech/webhookevent": delivery.event_id,
        "speech/delivery": delivery.pk,
    }
    for what, pk in rows.items():
        assert staff.get(f"/admin/{what}/add/").status_code == 403, what
        assert staff.get(f"/admin/{what}/{pk}/delete/").status_code == 403, what
        changed = staff.post(f"/admin/{what}/{pk}/change/", {"enabled": "", "reference": "x"})
        assert changed.status_code == 403, what
    assert (
        "out of tea" in staff.get(f"/admin/speech/delivery/{delivery.pk}/change/").content.decode()
    )


def test_a_payment_is_found_by_its_reference(ada, staff):
    _eve, hers = owner("eve")
    with transaction.atomic():
        record_purchase(workspace=ada[1], credits=500, external_reference="invoice 17")
        record_purchase(workspace=hers, credits=600, external_reference="invoice 18")
    for words in ("invoice 17", ada[1].pk, "ada's"):
        page = staff.get("/admin/billing/paymentevent/", {"q": words}).content.decode()
        assert "invoice 17" in page
        assert "invoice 18" not in page


def test_a_webhooks_secret_is_on_no_page(ada, staff):
    delivery = delivery_in(ada[1])
    endpoint = delivery.endpoint
    rotate_secret(endpoint=endpoint)
    endpoint.refresh_from_db()
    for path in (
        f"/admin/speech/webhookendpoint/?q={endpoint.pk}",
        f"/admin/speech/webhookendpoint/{endpoint.pk}/change/",
        f"/admin/speech/delivery/{delivery.pk}/change/",
    ):
        page = staff.get(path).content.decode()
        assert endpoint.pk in page
        for sealed in (endpoint.secret, endpoint.previous_secret):
            assert sealed not in page
            assert unseal(sealed) not in page


@pytest.mark.parametrize("what", ["voices/voice", "speech/speech"])
def test_jobs_are_to_look_at(ada, staff, what):
    speech = speech_in(voice_of(ada[1]), "Good morning")
    pk = speech.pk if what.startswith("speech") else speech.voice_id
    assert staff.get(f"/admin/{what}/add/").status_code == 403
    assert staff.get(f"/admin/{what}/{pk}/delete/").status_code == 403
    assert staff.post(f"/admin/{what}/{pk}/change/", {"cost": "0"}).status_code == 403


def test_a_job_is_found_by_its_id(ada, staff):
    voice = voice_of(ada[1])
    wanted = speech_in(voice, "Good morning")
    other = speech_in(voice, "Good night")
    page = staff.get(f"/admin/speech/speech/?q={wanted.pk}").content.decode()
    assert wanted.pk in page
    assert other.pk not in page


def test_a_wallet_is_found_by_id_name_and_owner(ada, staff):
    _eve, hers = owner("eve")
    for words in (ada[1].pk, "ada's", "ADA@example.com"):
        page = staff.get("/admin/billing/wallet/", {"q": words}).content.decode()
        assert ada[1].pk in page
        assert hers.pk not in page


def test_a_keys_secret_is_on_no_page_and_a_key_cannot_be_made_here(ada, staff):
    key, written = create_api_key(workspace=ada[1], name="phone")
    for path in (
        f"/admin/accounts/apikey/?q={key.prefix}",
        f"/admin/accounts/apikey/{key.pk}/change/",
    ):
        page = staff.get(path).content.decode()
        assert key.prefix in page
        assert written[15:] not in page
        assert key.secret_hash not in page
    assert staff.get("/admin/accounts/apikey/add/").status_code == 403


def test_keys_are_revoked_by_an_action(ada, staff):
    key, written = create_api_key(workspace=ada[1], name="phone")
    answer = staff.post(
        "/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]}, follow=True
    )
    assert "1 revoked." in answer.content.decode()
    assert authenticate(written) is None


def test_looking_at_keys_is_not_revoking_them(ada):
    key, written = create_api_key(workspace=ada[1], name="phone")
    henry = person("henry", is_staff=True)
    henry.user_permissions.set(Permission.objects.filter(codename="view_apikey"))
    browser_of(henry).post(
        "/admin/accounts/apikey/", {"action": "revoke", "_selected_action": [key.pk]}
    )
    assert authenticate(written) == ApiKey.objects.get()


def test_a_person_is_added_by_address_and_can_sign_in(staff):
    answer = staff.post(
        "/admin/accounts/user/add/",
        {
            "email": "brian@example.com",
            "usable_password": "true",
            "password1": PASSWORD,
            "password2": PASSWORD,
        },
    )
    assert answer.status_code == 302
    answer = Client().post("/accounts/login/", {"login": "brian@example.com", "password": PASSWORD})
    assert answer.url == "/dashboard/"


def test_a_workspace_is_not_made_here_because_it_would_have_no_wallet(staff):
    assert staff.get("/admin/accounts/workspace/add/").status_code == 403


def test_staff_who_edit_people_cannot_make_themselves_superusers(ada):
    henry = person("henry", is_staff=True)
    grace = User.objects.create_superuser("grace@example.com", PASSWORD)
    rights = Permission.objects.filter(codename__in=["change_user", "view_user", "delete_user"])
    henry.user_permissions.set(rights)
    staff = browser_of(henry)
    where = f"/admin/accounts/user/{henry.pk}/change/"
    staff.post(where, {"is_active": "on", "is_superuser": "on", "user_permissions": ["1", "2"]})
    henry.refresh_from_db()
    assert not henry.is_superuser
    assert henry.user_permissions.count() == rights.count()
    new = {"usable_password": "true", "password1": "taken over", "password2": "taken over"}
    assert staff.post(f"/admin/accounts/user/{grace.pk}/password/", new).status_code == 403
    assert (
        staff.post(f"/admin/accounts/user/{grace.pk}/delete/", {"post": "yes"}).status_code == 403
    )


def test_the_admin_has_the_same_front_door_as_everybody(ada, client):
    answer = client.get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0].startswith("/accounts/login/")
    join(ada[1], person("brian"))
    assert browser_of(ada[0]).get("/admin/").status_code in {302, 403}
