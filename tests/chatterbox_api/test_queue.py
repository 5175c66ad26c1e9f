"""How long the queue is said to be, and when it is full."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from speech.models import Call, Speech
from tests.chatterbox_api.asking import ACCEPTED, TEXT, clone, refused, said, speak
from tests.support.callers import Caller, make_caller, run_jobs

HOOK = "https://example.com/hook"


def queued(caller: Caller) -> int:
    """Submit one more and return how long the queue is said to be."""
    length: int = said(speak(caller, webhook_url=HOOK), 202, ACCEPTED)["queue_length"]
    return length


def test_the_queue_is_of_ones_own_jobs(ada: Caller, grace: Caller) -> None:
    assert [queued(ada), queued(ada), queued(grace)] == [1, 2, 1]


def test_jobs_of_other_dialects_wait_in_the_same_queue(ada: Caller) -> None:
    ada.say()
    ada.clone()
    assert queued(ada) == 3


def test_jobs_that_were_taken_up_wait_no_more(ada: Caller) -> None:
    queued(ada)
    run_jobs()
    assert queued(ada) == 1


@pytest.mark.anydb
def test_a_full_queue_takes_no_more_and_charges_nothing(
    ada: Caller, grace: Caller, settings
) -> None:
    settings.MAX_QUEUE_LENGTH = 2
    assert [queued(ada), queued(ada)] == [1, 2]
    for reply in (speak(ada, id="late"), clone(ada, "https://example.com/a.wav", id="late")):
        body = refused(reply, 429, "MAX_QUEUE_LENGTH (2) reached")
        assert (body["id"], body["queue_length"]) == ("late", 2)
    assert (ada.credits(), Speech.objects.count(), Call.objects.count()) == (
        10_000 - 2 * len(TEXT),
        2,
        2,
    )
    assert queued(grace) == 1
    run_jobs()
    assert queued(ada) == 1


def test_the_limit_is_told(ada: Caller, settings) -> None:
    settings.MAX_QUEUE_LENGTH = 7
    assert said(speak(ada, webhook_url=HOOK), 202, ACCEPTED)["max_queue_length"] == 7


@pytest.mark.django_db(transaction=True)
def test_many_at_once_do_not_overfill_the_queue(settings) -> None:
    settings.MAX_QUEUE_LENGTH = 3
    ada = make_caller("Ada")

    def submit(_number: int) -> int:
        try:
            return int(speak(ada, webhook_url=HOOK).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(submit, range(12)))
    assert sorted(statuses) == [202] * 3 + [429] * 9
    assert Speech.objects.count() == 3
