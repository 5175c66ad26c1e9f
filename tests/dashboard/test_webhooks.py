import re

import pytest
from django.utils import timezone

from accounts.models import Role
from speech.models import Delivery, DeliveryState, EventType, WebhookEndpoint
from speech.webhooks.endpoints import MAX_ENDPOINTS, create_endpoint, delete_endpoint, send_test
from speech.webhooks.signing import unseal
from tests.dashboard.people import browser_of, join, owner, person, token_on, words_on

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

LIST = "/dashboard/webhooks"
WANTED = {"url": "https://example.com/hooks", "events": ["speech.completed", "credits.low"]}
NOBODY = "c0000000000000000000000000"


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def browser(ada):
    return browser_of(ada[0])


@pytest.fixture
def hook(ada) -> WebhookEndpoint:
    return hook_of(ada[1])


def hook_of(workspace, **fields) -> WebhookEndpoint:
    endpoint, _secret = create_endpoint(workspace=workspace, **{**WANTED, **fields})
    return endpoint


def make(browser, **fields):
    """Open the form and send it."""
    return browser.post(LIST, {**WANTED, "token": token_on(browser.get(LIST)), **fields})


def secret_on(answer) -> str:
    return re.search(r"whsec_[0-9A-Za-z+/=]{44}", answer.content.decode())[0]


def given_up(endpoint) -> Delivery:
    delivery = send_test(endpoint=endpoint)
    ended = {"state": DeliveryState.FAILED, "finished_at": timezone.now(), "tries": 9}
    Delivery.objects.filter(pk=delivery.pk).update(**ended)
    return delivery


def rotation_of(browser, endpoint) -> dict[str, str]:
    page = browser.get(f"{LIST}/{endpoint.pk}/rotate").content.decode()
    return {"mark": re.search(r'name="mark" value="(\w+)"', page)[1]}


def test_a_webhook_is_made_and_its_secret_shown_by_that_page_only(browser, ada):
    made = make(browser, description="Till")
    endpoint = WebhookEndpoint.objects.get()
    secret = secret_on(made)
    assert (endpoint.url, endpoint.events, endpoint.description, endpoint.workspace) == (
        WANTED["url"],
        WANTED["events"],
        "Till",
        ada[1],
    )
    assert unseal(endpoint.secret) == secret
    assert "no-store" in made.headers["Cache-Control"]
    for path in (LIST, *(f"{LIST}/{endpoint.pk}{page}" for page in ("", "/rotate", "/delete"))):
        page = browser.get(path).content.decode()
        assert WANTED["url"] in page
        assert secret not in page
        assert "whsec_" not in page
        assert endpoint.secret not in page


def test_a_form_that_is_sent_twice_makes_one_webhook_and_shows_the_same_secret(browser):
    token = token_on(browser.get(LIST))
    first, second = (make(browser, token=token) for _ in range(2))
    assert secret_on(first) == secret_on(second)
    assert WebhookEndpoint.objects.count() == 1
    other = make(browser, token=token, url="https://example.com/other")
    assert other.status_code == 409
    assert WebhookEndpoint.objects.count() == 1


def test_a_form_sent_again_after_its_webhook_was_deleted_makes_none(browser):
    token = token_on(browser.get(LIST))
    make(browser, token=token)
    delete_endpoint(endpoint=WebhookEndpoint.objects.get())
    assert make(browser, token=token).url == LIST
    assert not WebhookEndpoint.objects.filter(deleted_at=None).exists()


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": ""},
        {"url": "nowhere"},
        {"url": "ftp://example.com/"},
        {"url": "http://127.0.0.1/"},
        {"url": "http://169.254.169.254/latest"},
        {"url": "https://example.com/" + "x" * 2048},
        {"url": "https://example.com/\x00"},
        {"events": []},
        {"events": ["everything"]},
        {"description": "x" * 201},
    ],
)
def test_a_wrong_form_makes_no_webhook_and_is_shown_again(browser, wrong):
    answer = make(browser, **wrong)
    assert answer.status_code == 400
    assert b"errorlist" in answer.content
    assert not WebhookEndpoint.objects.exists()


def test_one_too_many_is_refused_in_words(browser, ada):
    for _ in range(MAX_ENDPOINTS):
        hook_of(ada[1])
    answer = make(browser)
    assert answer.status_code == 409
    assert b"at most 10 webhooks" in answer.content


def test_every_event_is_offered_and_chosen(browser):
    page = browser.get(LIST).content.decode()
    chosen = re.findall(r'name="events" value="([\w.]+)"[^>]*checked', page)
    assert sorted(chosen) == sorted(EventType.values)


def test_a_webhook_is_disabled_and_enabled_again(browser, hook):
    where = f"{LIST}/{hook.pk}/switch"
    assert browser.post(where, {"enabled": "no"}).url == f"{LIST}/{hook.pk}"
    hook.refresh_from_db()
    assert not hook.enabled
    assert b"Disabled" in browser.get(LIST).content
    browser.post(where, {"enabled": "yes"})
    hook.refresh_from_db()
    assert hook.enabled


def test_a_webhook_that_we_disabled_says_why(browser, hook):
    WebhookEndpoint.objects.update(enabled=False, disabled_reason="GONE")
    for path in (LIST, f"{LIST}/{hook.pk}"):
        assert b"Answered 410 Gone" in browser.get(path).content


def test_enabling_what_is_enabled_forgets_no_failure(browser, hook):
    WebhookEndpoint.objects.update(failing_since=timezone.now())
    browser.post(f"{LIST}/{hook.pk}/switch", {"enabled": "yes"})
    hook.refresh_from_db()
    assert hook.failing_since is not None


def test_deleting_asks_first(browser, hook):
    where = f"{LIST}/{hook.pk}/delete"
    assert b"cannot be undone" in browser.get(where).content
    assert WebhookEndpoint.objects.filter(deleted_at=None).exists()
    assert browser.post(where).url == LIST
    assert not WebhookEndpoint.objects.filter(deleted_at=None).exists()
    assert b"There are no webhooks yet" in browser.get(LIST).content
    assert browser.post(where).status_code == 404


def test_a_test_event_is_sent_and_shown(browser, hook):
    answer = browser.post(f"{LIST}/{hook.pk}/test", follow=True)
    assert b"on its way" in answer.content
    delivery = Delivery.objects.get()
    assert delivery.event.type == "webhook.test"
    assert delivery.event_id.encode() in answer.content
    assert b"webhook.test" in browser.get(LIST).content


def test_a_disabled_webhook_is_sent_nothing_and_says_so(browser, hook):
    delivery = given_up(hook)
    browser.post(f"{LIST}/{hook.pk}/switch", {"enabled": "no"})
    for what in ("test", f"deliveries/{delivery.pk}/redeliver"):
        answer = browser.post(f"{LIST}/{hook.pk}/{what}", follow=True)
        assert b"enable it first" in answer.content
    assert Delivery.objects.get().state == DeliveryState.FAILED
    assert b"Send again" not in browser.get(f"{LIST}/{hook.pk}").content


def test_a_failed_delivery_is_sent_again_from_its_page(browser, hook):
    delivery = given_up(hook)
    where = f"{LIST}/{hook.pk}/deliveries/{delivery.pk}/redeliver"
    assert where in browser.get(f"{LIST}/{hook.pk}").content.decode()
    assert browser.post(where).url == f"{LIST}/{hook.pk}"
    delivery.refresh_from_db()
    assert (delivery.state, delivery.tries) == (DeliveryState.PENDING, 0)
    assert where not in browser.get(f"{LIST}/{hook.pk}").content.decode()


def test_a_changed_secret_is_shown_once_and_the_one_before_signs_for_a_day(browser, hook):
    before = unseal(hook.secret)
    asked = rotation_of(browser, hook)
    hook.refresh_from_db()
    assert unseal(hook.secret) == before, "asking changes nothing"
    secret = secret_on(browser.post(f"{LIST}/{hook.pk}/rotate", asked))
    hook.refresh_from_db()
    assert unseal(hook.secret) == secret != before
    assert [unseal(one) for one in hook.sealed_secrets_at(timezone.now())] == [secret, before]


def test_asking_twice_for_a_new_secret_changes_it_once(browser, hook):
    before = unseal(hook.secret)
    asked = rotation_of(browser, hook)
    first, second = (browser.post(f"{LIST}/{hook.pk}/rotate", asked) for _ in range(2))
    assert secret_on(first) == secret_on(second)
    hook.refresh_from_db()
    assert unseal(hook.previous_secret) == before


@pytest.mark.parametrize("mark", [None, "", "guess"])
def test_a_page_that_is_out_of_date_changes_no_secret(browser, hook, mark):
    if mark is None:
        mark = rotation_of(browser, hook)["mark"]
        for _ in range(2):
            browser.post(f"{LIST}/{hook.pk}/rotate", rotation_of(browser, hook))
    hook.refresh_from_db()
    answer = browser.post(f"{LIST}/{hook.pk}/rotate", {"mark": mark}, follow=True)
    assert b"Nothing was done" in answer.content
    assert WebhookEndpoint.objects.get().secret == hook.secret


def test_a_member_sees_the_list_and_can_do_nothing(ada, hook):
    delivery = given_up(hook)
    brian = person("brian")
    join(ada[1], brian, Role.MEMBER)
    browser = browser_of(brian)
    page = browser.get(LIST).content.decode()
    assert WANTED["url"] in page
    assert "webhook.test" in page
    assert "Make a webhook" not in page
    assert f"{LIST}/{hook.pk}" not in page
    assert browser.post(LIST, WANTED).status_code == 403
    for path in doings(hook, delivery):
        assert browser.get(path).status_code in {403, 405}, path
        assert browser.post(path).status_code in {403, 405}, path
    assert browser.get(f"{LIST}/{hook.pk}").status_code == 403
    hook.refresh_from_db()
    assert (hook.enabled, hook.deleted_at, hook.previous_secret) == (True, None, "")


def test_an_admin_of_the_workspace_makes_webhooks(ada):
    carol = person("carol")
    join(ada[1], carol, Role.ADMIN)
    secret_on(make(browser_of(carol)))
    assert WebhookEndpoint.objects.get().workspace == ada[1]


def test_another_workspaces_webhook_answers_as_one_that_does_not_exist(browser, hook):
    _eve, hers = owner("eve")
    foreign = hook_of(hers, url="https://example.com/secret-plans")
    delivery = given_up(foreign)
    for theirs, nobodys in zip(
        doings(foreign, delivery), doings(WebhookEndpoint(pk=NOBODY), delivery), strict=True
    ):
        answers = browser.post(theirs), browser.post(nobodys)
        assert {answer.status_code for answer in answers} <= {404, 405}
        assert words_on(answers[0]) == words_on(answers[1])
    own = f"{LIST}/{hook.pk}/deliveries/{delivery.pk}/redeliver"
    assert browser.post(own).status_code == 404
    assert browser.get(f"{LIST}/{foreign.pk}").status_code == 404
    assert b"secret-plans" not in browser.get(LIST).content
    foreign.refresh_from_db()
    assert (foreign.enabled, foreign.deleted_at, foreign.previous_secret) == (True, None, "")


def test_a_form_without_the_sites_token_changes_nothing(ada, hook):
    browser = browser_of(ada[0], enforce_csrf_checks=True)
    for path in (LIST, *doings(hook, given_up(hook))):
        assert browser.post(path).status_code in {403, 405}, path


def doings(endpoint, delivery) -> list[str]:
    """Return the address of everything that can be done with a webhook."""
    where = f"{LIST}/{endpoint.pk}"
    return [
        *(f"{where}/{what}" for what in ("switch", "test", "rotate", "delete")),
        f"{where}/deliveries/{delivery.pk}/redeliver",
    ]
