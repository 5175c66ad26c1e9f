import re
from datetime import timedelta
from html.parser import HTMLParser

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.api_keys import create_api_key
from billing.models import Plan
from billing.operations import grant, start_subscription
from inference.jobs.model import JobState
from speech.models import Delivery, DeliveryAttempt, DeliveryState
from speech.webhooks.endpoints import change_endpoint, create_endpoint, send_test
from tests.dashboard.people import browser_of, join, owner, person, speech_in, voice_of, words_on

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

PAGES = (
    "/",
    "/pricing",
    "/dashboard/",
    "/dashboard/keys",
    "/dashboard/credits",
    "/dashboard/credits?page=last",
    "/dashboard/speeches",
    "/dashboard/speeches?page=2",
    "/dashboard/speeches?page=-1%00",
    "/dashboard/voices",
    "/dashboard/speak",
    "/dashboard/speak?voice=nobody%00",
    "/dashboard/webhooks",
    "/dashboard/workspace",
    "/dashboard/workspace/erase",
    "/accounts/email/",
    "/accounts/password/change/",
    "/accounts/logout/",
)
DOORS = ("/", "/pricing", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/")
WITH_FIELDS = (
    "/dashboard/keys",
    "/dashboard/speak",
    "/dashboard/webhooks",
    "/dashboard/workspace/erase",
)
HOSTILE = '<script>alert("x")</script>\' onerror="alert(1)'


class Addresses(HTMLParser):
    """Collects what a page loads by itself, and its inline scripts and styles."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "src" in given:
            self.loaded.append(given["src"])
        if tag == "link":
            self.loaded.append(given["href"])
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        if tag == "style" or (tag == "script" and not given.get("src") and "type" not in given):
            self.inline.append(tag)


@pytest.fixture
def ada():
    return owner("ada")


def fill(user, workspace, words: str) -> None:
    """Have one of everything happen in a workspace."""
    with transaction.atomic():
        plan = Plan.objects.create(name="Starter", monthly_credits=20_000)
        start_subscription(workspace=workspace, plan=plan, external_reference="first")
        grant(workspace=workspace, amount=50_000, reason=words)
    workspace.name = words[:100]
    workspace.save(update_fields=["name"])
    create_api_key(workspace=workspace, name=words, created_by=user)
    create_api_key(workspace=workspace, name="old", expires_at=timezone.now() - timedelta(days=1))
    tell(workspace, words)
    voice = voice_of(workspace, words, description=words)
    ended = {"finished_at": timezone.now()}
    voice_of(workspace, "", state=JobState.QUEUED, finished_at=None, reference_name="")
    for number in range(22):
        speech_in(voice, f"{words} {number}")
    speech_in(voice, words, state=JobState.QUEUED, finished_at=None)
    speech_in(
        voice, words, state=JobState.FAILED, error_code="ENGINE", error_message=words, **ended
    )
    speech_in(voice, words, state=JobState.CANCELLED, **ended)
    speech_in(voice, words, state=JobState.TIMED_OUT, error_code="TIMED_OUT", **ended)


def tell(workspace, words: str) -> None:
    """Have a webhook that was sent something, and one that is disabled."""
    url = "https://example.com/hooks"
    endpoint, _secret = create_endpoint(
        workspace=workspace, url=url, events=["voice.failed"], description=words
    )
    delivery = send_test(endpoint=endpoint)
    given_up = {"state": DeliveryState.FAILED, "finished_at": timezone.now()}
    Delivery.objects.filter(pk=delivery.pk).update(**given_up)
    began = {"began_at": timezone.now(), "seconds": 0.25}
    DeliveryAttempt.objects.create(delivery=delivery, number=1, status=500, response=words, **began)
    DeliveryAttempt.objects.create(
        delivery=delivery, number=2, error_code="TIMED_OUT", error_message=words, **began
    )
    other, _secret = create_endpoint(workspace=workspace, url=url, events=["credits.low"])
    change_endpoint(endpoint=other, enabled=False)


@pytest.mark.parametrize("path", DOORS)
def test_the_doors_open_for_strangers(client, path):
    assert client.get(path).status_code == 200


def test_every_page_shows_an_empty_workspace(ada):
    browser = browser_of(ada[0])
    for path in PAGES:
        assert browser.get(path).status_code == 200, path


def test_every_page_shows_a_full_workspace(ada):
    fill(*ada, "Good morning")
    browser = browser_of(ada[0])
    for path in PAGES:
        assert browser.get(path).status_code == 200, path
    for speech in ada[1].speeches.all():
        assert browser.get(f"/dashboard/speeches/{speech.pk}").status_code == 200


def test_hostile_words_are_shown_as_words(ada):
    fill(*ada, HOSTILE)
    browser = browser_of(ada[0])
    speech = ada[1].speeches.filter(state=JobState.FAILED).get()
    hook = ada[1].webhook_endpoints.first()
    for path in (*PAGES, f"/dashboard/speeches/{speech.pk}", f"/dashboard/webhooks/{hook.pk}"):
        page = browser.get(path).content.decode()
        assert "<script>alert" not in page, path
        assert Addresses(page).inline == [], path
    assert "&lt;script&gt;alert" in browser.get("/dashboard/speeches").content.decode()


def test_no_page_loads_anything_from_another_host(ada, client, settings):
    fill(*ada, "Good morning")
    browser = browser_of(ada[0])
    pages = [browser.get(path) for path in PAGES] + [client.get(path) for path in DOORS]
    pages.append(client.get("/nothing-here"))
    loaded = [one for page in pages for one in Addresses(page.content.decode()).loaded]
    assert loaded
    own = (settings.STATIC_URL, f"{settings.PUBLIC_URL}/files/")
    assert [one for one in loaded if not one.startswith(own)] == []


def test_fields_have_labels(ada, client):
    pages = [client.get(path) for path in DOORS]
    pages += [browser_of(ada[0]).get(path) for path in WITH_FIELDS]
    for page in pages:
        text = page.content.decode()
        fields = re.findall(r"<(?:input|select|textarea)\b[^>]*>", text)
        shown = [field for field in fields if 'type="hidden"' not in field]
        for field in shown:
            name = re.search(r'\bid="([^"]+)"', field)[1]
            assert f'for="{name}"' in text, field


def test_what_does_not_exist_is_a_page_too(client):
    answer = client.get("/nothing-here")
    assert answer.status_code == 404
    assert b"There is nothing here" in answer.content


def test_an_audio_player_plays_what_was_spoken(ada):
    speech_in(voice_of(ada[1]), "Good morning")
    page = browser_of(ada[0]).get("/dashboard/").content.decode()
    source = re.search(r'<audio [^>]*src="http://testserver([^"]+)"', page)[1]
    heard = browser_of(ada[0]).get(source)
    assert heard.status_code == 200
    assert heard.headers["Content-Type"] == "audio/mpeg"


def test_a_page_of_a_person_is_kept_by_no_cache(ada):
    assert "no-store" in browser_of(ada[0]).get("/dashboard/").headers["Cache-Control"]


def test_the_price_page_shows_the_price_book_and_the_plans_on_offer(client, monkeypatch):
    Plan.objects.create(name="Studio", monthly_credits=250_000)
    Plan.objects.create(name="Withdrawn", monthly_credits=1, active=False)
    monkeypatch.setattr("billing.prices.VOICE_CLONE", 1234)
    page = client.get("/pricing").content.decode()
    assert "1,234" in page
    assert "Studio" in page
    assert "250,000" in page
    assert "Withdrawn" not in page


def test_both_balances_and_the_day_of_the_reset_are_shown(ada):
    with transaction.atomic():
        plan = Plan.objects.create(name="Starter", monthly_credits=20_000)
        wallet = start_subscription(workspace=ada[1], plan=plan, external_reference="first")
    for path in ("/dashboard/", "/dashboard/credits"):
        page = browser_of(ada[0]).get(path).content.decode()
        assert "20,000" in page
        assert "1,000" in page
        assert f"until {wallet.resets_at.day} {wallet.resets_at:%B %Y}" in page


def test_nothing_of_another_workspace_is_shown(ada):
    eve, hers = owner("eve")
    speech = speech_in(voice_of(hers, "Eve's own voice"), "A plan of Eve's")
    browser = browser_of(ada[0])
    for path in PAGES:
        page = browser.get(path).content.decode()
        assert "A plan of Eve" not in page, path
        assert "Eve&#x27;s own voice" not in page, path
    foreign = browser.get(f"/dashboard/speeches/{speech.pk}")
    missing = browser.get("/dashboard/speeches/c0000000000000000000000000")
    assert foreign.status_code == missing.status_code == 404
    assert words_on(foreign) == words_on(missing)
    assert browser_of(eve).get(f"/dashboard/speeches/{speech.pk}").status_code == 200


def test_somebody_in_several_workspaces_chooses_one(ada):
    brian, his = owner("brian")
    join(ada[1], brian)
    speech_in(voice_of(ada[1]), "Spoken in Ada's workspace")
    browser = browser_of(brian)
    assert b"Spoken in Ada" not in browser.get("/dashboard/").content
    assert (
        browser.post("/dashboard/workspace/choose", {"workspace": ada[1].pk}).url == "/dashboard/"
    )
    assert b"Spoken in Ada" in browser.get("/dashboard/").content
    assert browser.post("/dashboard/workspace/choose", {"workspace": his.pk}).status_code == 302
    assert b"Spoken in Ada" not in browser.get("/dashboard/").content


def test_a_workspace_of_others_cannot_be_chosen(ada):
    _eve, hers = owner("eve")
    browser = browser_of(ada[0])
    foreign = browser.post("/dashboard/workspace/choose", {"workspace": hers.pk})
    missing = browser.post("/dashboard/workspace/choose", {"workspace": "c0"})
    assert foreign.status_code == missing.status_code == 404
    assert browser.get("/dashboard/workspace/choose").status_code == 405


def test_who_has_left_a_workspace_sees_it_no_more(ada):
    brian, _his = owner("brian")
    membership = join(ada[1], brian)
    speech_in(voice_of(ada[1]), "Spoken in Ada's workspace")
    browser = browser_of(brian)
    browser.post("/dashboard/workspace/choose", {"workspace": ada[1].pk})
    membership.delete()
    answer = browser.get("/dashboard/")
    assert answer.status_code == 200
    assert b"Spoken in Ada" not in answer.content


def test_a_member_without_a_workspace_of_his_own_needs_no_chooser(ada):
    brian = person("brian")
    join(ada[1], brian)
    page = browser_of(brian).get("/dashboard/").content.decode()
    assert "<select" not in page
