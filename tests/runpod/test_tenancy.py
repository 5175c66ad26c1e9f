"""What belongs to another workspace, or endpoint, answers exactly as what does not exist."""

import pytest

from tests.runpod.customer import NOBODYS, Customer
from tests.runpod.replies import ROUTES, assert_error
from voices.models import Voice

TTS = {"operation": "tts", "text": "Hello."}


def substance(reply) -> tuple:
    counted = {"x-request-id", "x-ratelimit-remaining", "x-ratelimit-reset"}
    headers = {name.lower(): value for name, value in reply.headers.items()}
    return (
        reply.status_code,
        reply.content,
        {name: value for name, value in headers.items() if name not in counted},
    )


@pytest.mark.parametrize("route", [route for route in ROUTES if "/" in route])
def test_anothers_job_answers_exactly_as_none(ada: Customer, grace: Customer, route: str) -> None:
    hers = grace.submit(**TTS)
    for method in ROUTES[route]:
        foreign, missing = (
            ada.caller.send(ada.path(route.replace(NOBODYS, job_id)), b"", method=method)
            for job_id in (hers, NOBODYS)
        )
        assert foreign.status_code == 404
        assert substance(foreign) == substance(missing)
    assert grace.status(hers)["status"] == "IN_QUEUE"


def test_a_job_belongs_to_its_endpoint(ada: Customer) -> None:
    job_id = ada.submit(**TTS)
    assert_error(Customer(ada.caller, "another").get(f"status/{job_id}"), 404, "Job not found")


def test_anothers_voice_is_no_voice(ada: Customer, grace: Customer) -> None:
    voice = Voice.get(grace.caller.own_voice(title="Hers"))
    for given in ({"voice_name": "Hers"}, {"voice_id": voice.short_id}, {"voice_id": voice.pk}):
        (named,) = given.values()
        assert ada.complaint(**TTS, **given) == f"Voice '{named}' not found in any library"
