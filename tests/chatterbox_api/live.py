"""The whole service in a process of its own, and a customer's servers that it may reach."""

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import requests

from tests.chatterbox_api.asking import SPEAKING
from tests.embedded.service import EmbeddedService
from tests.fetch.servers import Server, answering
from tests.support import recordings
from tests.support.connections import posted
from tests.waiting.places import Place
from tests.webhooks.receiver import Receiver

GENEROUS = "1000000"


class Live:
    """The embedded service with the engine that stands still where it is told to."""

    def __init__(self, folder: Path) -> None:
        self._closing = ExitStack()
        references = self._closing.enter_context(Server(answering(recordings.wav(4.0))))
        self.receiver = self._closing.enter_context(Receiver())
        self.reference = f"{references.url}/reference-voice.wav"
        self.service = EmbeddedService(
            folder / "home",
            RATE_LIMIT_SUBMISSIONS=GENEROUS,
            RATE_LIMIT_POLLS=GENEROUS,
            VOICECLONE_ENGINE="tests.waiting.engine:GatedEngine",
            GATES=str(folder),
            VOICECLONE_ALLOWED_FETCH_HOSTS=f"{references.netloc},{self.receiver.netloc}",
        )
        self.place = Place(self.service, folder)

    def __enter__(self) -> Self:
        self._closing.callback(self.service.close)
        self.service.start()
        self.url = self.service.url
        self.key = (self.service.home / "demo-key").read_text().strip()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing.close()

    def credits(self) -> int:
        return int(self._ask("GET", "/api/v1/credits")["credits"])

    def secret(self) -> str:
        """Return what signs webhooks that a request names."""
        return str(self._ask("POST", "/api/v1/webhooks/rotate-secret")["secret"])

    def told(self, job_id: str, secret: str) -> dict[str, Any]:
        """Return what the receiver is told of a call, verified as customers do."""
        assert self.receiver.arrived.acquire(timeout=60), self.service.said()
        payload: dict[str, Any] = self.receiver.received[-1].verified(secret)
        assert payload["job_id"] == job_id
        return payload

    def connect(self, text: str) -> socket.socket:
        """Ask for a speech and return the connection, to be hung up."""
        return posted(self.url + SPEAKING, self.key, {"text": text})

    def _ask(self, method: str, path: str) -> Any:
        headers = {"x-api-key": self.key}
        reply = requests.request(method, self.url + path, headers=headers, timeout=20)
        assert reply.status_code == 200, reply.text
        return reply.json()
