"""The whole service in a process of its own, for clients that come over the network."""

from pathlib import Path
from typing import Any

import openai
import requests

from tests.support import recordings
from tests.waiting.places import Embedded, Gate, Place, Waiter

_MAKE_CUSTOMER = """
from django.db import transaction
from accounts.api_keys import create_api_key
from accounts.operations import create_workspace
from billing.models import Plan
from billing.operations import grant, start_subscription
with transaction.atomic():
    workspace = create_workspace(name="Another customer")
    if {balance}:
        grant(workspace=workspace, amount={balance})
    if {polls}:
        plan = Plan.objects.create(name="Slow", monthly_credits=1000, polls_per_minute={polls})
        start_subscription(workspace=workspace, plan=plan, external_reference="slow")
    print(create_api_key(workspace=workspace, name="a program")[1])
"""


class LiveService:
    """The service with its engine of the waiting tests, and a customer with 100,000 credits."""

    def __init__(self, folder: Path) -> None:
        self._running = Embedded(folder)
        self.place: Place = self._running.__enter__()
        self.url = self.place.url
        self.ada: Waiter = self.place.ada
        self.key = self.ada.key
        self.recording = folder / "reference-voice.wav"
        self.recording.write_bytes(recordings.wav(6.0))

    def close(self) -> None:
        self._running.__exit__()

    def gate(self) -> Gate:
        return self.place.gate()

    def client(self, **options: Any) -> openai.OpenAI:
        return openai.OpenAI(**{"api_key": self.key, "base_url": f"{self.url}/v1"} | options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.ada.http.post(self.url + path, timeout=60, **options)

    def handle(self) -> str:
        """Upload the recording and return its handle."""
        with self.recording.open("rb") as file:
            reply = self.post(
                "/v1/audio/voices", data={"model": "tts-chatterbox-hd"}, files={"file": file}
            )
        assert reply.status_code == 200, reply.text
        return str(reply.json()["id"])

    def key_of_another(self, *, balance: int = 1000, polls: int = 0) -> str:
        """Make a customer with a balance and a limit of polls a minute; return a key."""
        program = _MAKE_CUSTOMER.format(balance=balance, polls=polls)
        return self.place.service.manage("shell", "--no-imports", "-c", program).splitlines()[-1]

    def job_of(self, text: str) -> str:
        """Return the id of the speech of ``text``, whatever became of it."""
        query = f"SELECT id FROM speech_speech WHERE text = '{text}'"
        return str(self.place.service.query(query)[0][0])
