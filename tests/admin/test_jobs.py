"""The buttons that cancel, retry and refund a job."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import transaction

from accounts.models import User
from billing.models import Entry
from billing.queries import balance_of
from inference.jobs.lifecycle import request_cancel
from inference.jobs.model import JobState
from speech.models import JobIntervention, Speech
from tests.dashboard.people import PASSWORD, browser_of, owner, person, speech_in, voice_of
from voices.models import Voice
from voices.system import system_voice_id

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

TEXT = "Good morning"
WHY = {"reason": "Ticket 9"}


@pytest.fixture
def ada():
    return owner("ada")


@pytest.fixture
def grace():
    return User.objects.create_superuser("grace@example.com", PASSWORD)


@pytest.fixture
def voice(ada):
    return voice_of(ada[1])


def page_of(job, action: str = "change") -> str:
    kind = "speech/speech" if isinstance(job, Speech) else "voices/voice"
    return f"/admin/{kind}/{job.pk}/{action}/"


def offered(answer) -> set[str]:
    page = answer.content.decode()
    return {name for name in ("cancel", "retry", "refund") if f"/{name}/" in page}


def queued(voice) -> Speech:
    return speech_in(voice, TEXT, state=JobState.QUEUED, finished_at=None)


def test_each_job_offers_what_its_state_allows(voice, grace):
    staff = browser_of(grace)
    done, waiting = speech_in(voice, TEXT), queued(voice)
    assert offered(staff.get(page_of(done))) == {"refund"}
    assert offered(staff.get(page_of(waiting))) == {"cancel"}
    request_cancel(Speech, waiting.pk)
    assert offered(staff.get(page_of(waiting))) == {"retry"}
    assert offered(staff.get(page_of(voice))) == set()  # it cost nothing
    system = Voice.get(system_voice_id("Aaron"))
    assert offered(staff.get(page_of(system))) == set()
    assert staff.get(page_of(system, "cancel")).status_code == 404


def test_a_refund_asks_for_a_reason_and_is_told_everywhere(ada, voice, grace):
    staff, speech = browser_of(grace), speech_in(voice, TEXT)
    form = staff.get(page_of(speech, "refund")).content.decode()
    assert f'value="{len(TEXT)}"' in form
    assert "errorlist" in staff.post(page_of(speech, "refund"), {"amount": "5"}).content.decode()
    assert Speech.get(speech.pk).refunded == 0
    done = staff.post(page_of(speech, "refund"), {"amount": "5", **WHY}, follow=True)
    assert "Refunded 5 credits." in done.content.decode()
    entry = Entry.objects.get(kind="refund")
    assert (entry.amount, entry.actor, entry.reason) == (5, f"user:{grace.pk}", "Ticket 9")
    assert "Ticket 9" in browser_of(ada[0]).get("/dashboard/credits").content.decode()
    told = LogEntry.objects.get()
    assert (told.user, told.object_id) == (grace, speech.pk)
    assert told.change_message == "Refunded 5 credits: Ticket 9"
    assert JobIntervention.objects.get().actor == f"user:{grace.pk}"
    again = staff.post(page_of(speech, "refund"), {"amount": "5", **WHY})
    assert "was refunded before" in again.content.decode()
    assert LogEntry.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "13", "-1", "", "many"])
def test_a_refund_lies_within_the_price(voice, grace, amount):
    speech = speech_in(voice, TEXT)
    answer = browser_of(grace).post(page_of(speech, "refund"), {"amount": amount, **WHY})
    assert "errorlist" in answer.content.decode()
    assert Speech.get(speech.pk).refunded == 0


def test_cancelling_and_retrying_are_logged_on_both_jobs(ada, voice, grace):
    staff, speech = browser_of(grace), queued(voice)
    staff.post(page_of(speech, "cancel"), WHY)
    assert Speech.get(speech.pk).state == "CANCELLED"
    done = staff.post(page_of(speech, "retry"), WHY, follow=True)
    new = Speech.objects.exclude(pk=speech.pk).get()
    assert f"Retried as {new.pk}." in done.content.decode()
    logged = dict(LogEntry.objects.order_by("pk").values_list("change_message", "object_id"))
    assert logged == {
        "Cancelled: Ticket 9": speech.pk,
        f"Retried as {new.pk}: Ticket 9": speech.pk,
        f"Made by a retry of {speech.pk}.": new.pk,
    }
    assert balance_of(ada[1]).total == 1000 - len(TEXT)
    again = staff.post(page_of(speech, "retry"), WHY)
    assert "done before" in again.content.decode()
    assert Speech.objects.count() == 2


def test_refunding_needs_its_own_permission_and_the_rest_that_of_changing(voice):
    done, waiting = speech_in(voice, TEXT), queued(voice)
    henry = person("henry", is_staff=True)
    view = Permission.objects.filter(codename__in=["view_speech", "view_voice"])
    henry.user_permissions.set(view)
    for job, action in ((done, "refund"), (waiting, "cancel"), (waiting, "retry")):
        assert browser_of(henry).post(page_of(job, action), WHY).status_code == 403
        assert offered(browser_of(henry).get(page_of(job))) == set()
    henry.user_permissions.set(view | Permission.objects.filter(codename="change_speech"))
    assert browser_of(henry).post(page_of(done, "refund"), WHY).status_code == 403
    assert browser_of(henry).post(page_of(waiting, "cancel"), WHY).status_code == 302
    henry.user_permissions.set(Permission.objects.filter(codename="refund_jobs"))
    answer = browser_of(henry).post(page_of(done, "refund"), {"amount": "1", **WHY})
    assert answer.url == "/admin/"


def test_customers_have_no_business_there(ada, voice):
    speech = speech_in(voice, TEXT)
    answer = browser_of(ada[0]).post(page_of(speech, "refund"), {"amount": "1", **WHY})
    assert answer.status_code in {302, 403}
    assert Speech.get(speech.pk).refunded == 0


def test_the_record_is_there_to_be_read(voice, grace):
    staff = browser_of(grace)
    with transaction.atomic():
        speech = queued(voice)
    staff.post(page_of(speech, "cancel"), WHY)
    page = staff.get("/admin/speech/jobintervention/").content.decode()
    assert speech.pk in page
    assert "Ticket 9" in page
