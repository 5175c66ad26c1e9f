import pytest

from inference.jobs.model import JobState
from speech.models import Speech
from speech.operations import delete_speech
from tests.dashboard.people import browser_of, owner, speech_in, token_on, voice_of

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.fixture
def ada():
    return owner("ada")


def speak(browser, voice, text, **fields):
    """Open the form and send it."""
    token = token_on(browser.get("/dashboard/speak"))
    form = {"voice": voice.pk, "text": text, "token": token, **fields}
    return browser.post("/dashboard/speak", form)


def test_a_text_is_spoken_and_paid_for(ada, settings):
    user, workspace = ada
    voice = voice_of(workspace)
    answer = speak(browser_of(user), voice, "Good\r\nday")
    speech = Speech.objects.get()
    assert answer.url == f"/dashboard/speeches/{speech.pk}"
    assert (speech.text, speech.cost, speech.voice_id) == ("Good\nday", 8, voice.pk)
    entry = workspace.wallet.entries.latest("sequence")
    assert entry.permanent_after == 1000 - 8
    assert entry.actor == f"user:{user.pk}"


def test_a_page_of_a_speech_in_progress_loads_itself_anew_until_it_is_done(ada):
    browser = browser_of(ada[0])
    voice = voice_of(ada[1])
    waiting = speech_in(voice, "Good day", state=JobState.QUEUED, finished_at=None)
    done = speech_in(voice, "Good night")
    assert b'http-equiv="refresh"' in browser.get(f"/dashboard/speeches/{waiting.pk}").content
    assert b'http-equiv="refresh"' not in browser.get(f"/dashboard/speeches/{done.pk}").content


def test_a_text_that_costs_more_than_there_is_is_refused_and_kept_in_the_form(ada):
    voice = voice_of(ada[1])
    answer = speak(browser_of(ada[0]), voice, "a" * 1001)
    assert answer.status_code == 402
    assert b"This costs 1001 credits, and there are 1000 left." in answer.content
    assert b"a" * 1001 in answer.content
    assert not Speech.objects.exists()


@pytest.mark.parametrize("text", ["", " \r\n ", "ß" * 2501, "a\x00b"])
def test_a_text_that_cannot_be_spoken_is_refused(ada, text):
    voice = voice_of(ada[1])
    answer = speak(browser_of(ada[0]), voice, text)
    assert answer.status_code == 400
    assert not Speech.objects.exists()


def test_a_voice_of_others_is_no_choice(ada):
    _eve, hers = owner("eve")
    voice = voice_of(hers, "Eve's own voice")
    browser = browser_of(ada[0])
    foreign = speak(browser, voice, "Good day")
    assert foreign.status_code == 400
    assert b"Eve&#x27;s own voice" not in foreign.content
    assert not Speech.objects.exists()


def test_a_voice_that_failed_is_no_choice(ada):
    voice = voice_of(ada[1], state=JobState.FAILED, error_code="NO_SPEECH")
    answer = speak(browser_of(ada[0]), voice, "Good day")
    assert answer.status_code == 400
    assert not Speech.objects.exists()


def test_a_form_that_is_sent_twice_is_spoken_and_paid_for_once(ada):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    form = {
        "voice": voice.pk,
        "text": "Good day",
        "token": token_on(browser.get("/dashboard/speak")),
    }
    first, second = (browser.post("/dashboard/speak", form) for _ in range(2))
    assert first.url == second.url == f"/dashboard/speeches/{Speech.objects.get().pk}"
    assert ada[1].wallet.entries.filter(kind="charge").count() == 1


def test_the_form_opened_again_speaks_the_same_text_again(ada):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    for _ in range(2):
        speak(browser, voice, "Good day")
    assert Speech.objects.count() == 2


def test_another_text_on_a_form_that_was_sent_is_spoken_when_it_is_sent_once_more(ada):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    token = token_on(browser.get("/dashboard/speak"))
    speak(browser, voice, "Good day", token=token)
    asked = speak(browser, voice, "Good night", token=token)
    assert asked.status_code == 409
    assert b"was sent before" in asked.content
    assert Speech.objects.count() == 1
    speak(browser, voice, "Good night", token=token_on(asked))
    assert Speech.objects.filter(text="Good night").count() == 1


@pytest.mark.parametrize("token", ["", "guess"])
def test_a_form_without_its_token_is_shown_again_with_one(ada, token):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    answer = speak(browser, voice, "Good day", token=token)
    assert answer.status_code == 400
    assert b"Send it again" in answer.content
    assert not Speech.objects.exists()
    assert speak(browser, voice, "Good day", token=token_on(answer)).status_code == 302


def test_what_could_not_be_paid_for_can_be_sent_again(ada):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    refused = speak(browser, voice, "a" * 1001)
    assert refused.status_code == 402
    assert speak(browser, voice, "a" * 999, token=token_on(refused)).status_code == 302


def test_a_form_sent_again_after_its_speech_was_deleted_speaks_nothing(ada):
    browser, voice = browser_of(ada[0]), voice_of(ada[1])
    token = token_on(browser.get("/dashboard/speak"))
    speak(browser, voice, "Good day", token=token)
    delete_speech(speech=Speech.objects.get())
    assert speak(browser, voice, "Good day", token=token).url == "/dashboard/speeches"
    assert ada[1].wallet.entries.filter(kind="charge").count() == 1
