import pytest

from inference.jobs.model import JobState
from speech.models import Speech
from tests.dashboard.people import browser_of, owner, speech_in, voice_of

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


@pytest.fixture
def ada():
    return owner("ada")


def test_a_text_is_spoken_and_paid_for(ada, settings):
    user, workspace = ada
    voice = voice_of(workspace)
    answer = browser_of(user).post("/dashboard/speak", {"voice": voice.pk, "text": "Good\r\nday"})
    speech = Speech.objects.get()
    assert answer.url == f"/dashboard/speeches/{speech.pk}"
    assert (speech.text, speech.cost, speech.voice_id) == ("Good\nday", 8, voice.pk)
    entry = workspace.wallet.entries.latest("sequence")
    assert entry.permanent_after == settings.SIGNUP_CREDITS - 8
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
    answer = browser_of(ada[0]).post("/dashboard/speak", {"voice": voice.pk, "text": "a" * 1001})
    assert answer.status_code == 402
    assert b"This costs 1001 credits, and there are 1000 left." in answer.content
    assert b"a" * 1001 in answer.content
    assert not Speech.objects.exists()


@pytest.mark.parametrize("text", ["", " \r\n ", "ß" * 2501, "a\x00b"])
def test_a_text_that_cannot_be_spoken_is_refused(ada, text):
    voice = voice_of(ada[1])
    answer = browser_of(ada[0]).post("/dashboard/speak", {"voice": voice.pk, "text": text})
    assert answer.status_code == 400
    assert not Speech.objects.exists()


def test_a_voice_of_others_is_no_choice(ada):
    _eve, hers = owner("eve")
    voice = voice_of(hers, "Eve's own voice")
    browser = browser_of(ada[0])
    foreign = browser.post("/dashboard/speak", {"voice": voice.pk, "text": "Good day"})
    assert foreign.status_code == 400
    assert b"Eve&#x27;s own voice" not in foreign.content
    assert not Speech.objects.exists()


def test_a_voice_that_failed_is_no_choice(ada):
    voice = voice_of(ada[1], state=JobState.FAILED, error_code="NO_SPEECH")
    answer = browser_of(ada[0]).post("/dashboard/speak", {"voice": voice.pk, "text": "Good day"})
    assert answer.status_code == 400
    assert not Speech.objects.exists()
