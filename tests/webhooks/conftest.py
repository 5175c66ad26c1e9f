from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import Workspace
from inference.jobs.lifecycle import Claim, Outcome, claim, complete
from speech.models import Delivery, EventType, Speech, WebhookEndpoint, WebhookEvent
from speech.operations import SpeechRequest, submit_speech
from speech.webhooks import dispatch
from speech.webhooks.emit import emit
from speech.webhooks.endpoints import create_endpoint
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


def deliver_all() -> None:
    """Make the attempts that are due, here and now."""
    while dispatch.deliver_next():
        pass


def make_due(delivery: Delivery) -> None:
    """Have the time of the next attempt come."""
    Delivery.objects.filter(pk=delivery.pk).update(next_attempt_at=timezone.now())


def submitted(caller: Caller, text: str = "Good morning.") -> Claim[Speech]:
    """Submit a speech and take it up."""
    speech = submit_speech(
        workspace=caller.workspace,
        voice=Voice.get(AARON),
        wanted=SpeechRequest(text=text),
        actor="test",
    )
    held = claim(Speech, speech.pk)
    assert held is not None
    return held


SPOKEN = Outcome({"audio_name": "speeches/one.mp3", "duration": 1.5, "model": "m"})


def finish(held: Claim[Any]) -> None:
    complete(held, SPOKEN)
