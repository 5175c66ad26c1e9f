from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from inference.fetch.connection import KeptConnections
from inference.jobs.lifecycle import Claim as JobClaim
from inference.jobs.lifecycle import Outcome, complete
from inference.jobs.lifecycle import claim as claim_job
from speech.models import Delivery, EventType, Speech, WebhookEndpoint, WebhookEvent
from speech.operations import SpeechRequest, submit_speech
from speech.webhooks.claiming import FairQueue
from speech.webhooks.emit import emit
from speech.webhooks.endpoints import create_endpoint
from speech.webhooks.loading import load
from speech.webhooks.recording import record
from speech.webhooks.sending import send
from speech.webhooks.shares import Claim, Shares
from tests.support.callers import AARON, Caller, make_caller
from tests.webhooks.receiver import Receiver
from voices.models import Voice

ALL = list(EventType.values)


@pytest.fixture
def ada(db: None) -> Caller:
    return make_caller("Ada's workspace")


@pytest.fixture
def grace(db: None) -> Caller:
    return make_caller("Grace's workspace")


@pytest.fixture
def receivers(settings) -> Iterator[Callable[[], Receiver]]:
    """Make receivers that the guarded client is allowed to reach."""
    with ExitStack() as closing:

        def start() -> Receiver:
            receiver = closing.enter_context(Receiver())
            settings.ALLOWED_FETCH_HOSTS |= {receiver.netloc}
            return receiver

        settings.ALLOWED_FETCH_HOSTS = frozenset()
        yield start


@pytest.fixture
def receiver(receivers) -> Receiver:
    return receivers()


@dataclass
class Registered:
    endpoint: WebhookEndpoint
    secret: str
    receiver: Receiver

    def now(self) -> WebhookEndpoint:
        """The row as it stands."""
        return WebhookEndpoint.objects.get(pk=self.endpoint.pk)

    def deliveries(self) -> list[Delivery]:
        return list(Delivery.objects.filter(endpoint=self.endpoint).order_by("created_at", "pk"))


def register(
    workspace: Workspace, receiver: Receiver, events: list[str] | None = None
) -> Registered:
    endpoint, secret = create_endpoint(
        workspace=workspace, url=receiver.url, events=ALL if events is None else events
    )
    return Registered(endpoint, secret, receiver)


@pytest.fixture
def hook(ada: Caller, receiver: Receiver) -> Registered:
    """Ada's webhook, which listens to everything."""
    return register(ada.workspace, receiver)


def happen(workspace: Workspace, **data: Any) -> WebhookEvent:
    """Have something happen that the workspace's webhooks are told of."""
    with transaction.atomic():
        event = emit(workspace=workspace, event_type=EventType.CREDITS_LOW, data=data)
    assert event is not None
    return event


def claim(most: int = 1) -> list[Claim]:
    """Claim up to so many deliveries, as a process that has sent nothing yet."""
    return FairQueue(Shares(max(most, 8))).claim(most)


def claim_one() -> Claim | None:
    """Claim a delivery, if one is due."""
    return next(iter(claim()), None)


def send_claimed(claims: list[Claim]) -> None:
    """Make the attempts that were claimed, and record them."""
    connections = KeptConnections(8)
    attempts = [send(letter, connections) for letter in load(claims)]
    connections.close()
    if attempts:
        record(attempts)


def deliver_all() -> None:
    """Make the attempts that are due, here and now."""
    while claims := claim(8):
        send_claimed(claims)


def make_due(delivery: Delivery) -> None:
    """Have the time of the next attempt come, a second ago: SQLite's clock has milliseconds."""
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=past)


def submitted(caller: Caller, text: str = "Good morning.") -> JobClaim[Speech]:
    """Submit a speech and take it up."""
    speech = submit_speech(
        workspace=caller.workspace,
        voice=Voice.get(AARON),
        wanted=SpeechRequest(text=text),
        actor="test",
    )
    held = claim_job(Speech, speech.pk)
    assert held is not None
    return held


SPOKEN = Outcome({"audio_name": "speeches/one.mp3", "duration": 1.5, "model": "m"})


def finish(held: JobClaim[Any]) -> None:
    complete(held, SPOKEN)
