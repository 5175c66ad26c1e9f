"""The whole service in a process of its own, as the live tests call it."""

from pathlib import Path
from typing import Any

import requests

from tests.embedded.service import EmbeddedService
from tests.faults.installation import wait_for
from tests.support import recordings

GENEROUS = "1000000"


class Live:
    """The service, with limits that no test reaches, and its demo workspace's key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.service = EmbeddedService(
            folder / "home",
            RATE_LIMIT_SUBMISSIONS=GENEROUS,
            RATE_LIMIT_POLLS=GENEROUS,
            JOB_RETRY_SECONDS="0.1",
        ).start()
        self.url = self.service.url
        self.key = (self.service.home / "demo-key").read_text().strip()
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {self.key}"

    def close(self) -> None:
        self.service.close()

    def said(self) -> str:
        """Return the service's log so far."""
        return self.service.said()

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(self.url + path, timeout=20, **options)

    def post(self, path: str, **options: Any) -> requests.Response:
        return self.http.post(self.url + path, timeout=20, **options)

    def clone(self) -> dict[str, Any]:
        """Submit a clone and return the answer."""
        reply = self.post("/api/v1/voice-clone", files={"voice": ("a.mp3", recordings.mp3())})
        assert reply.status_code == 200, reply.text
        body: dict[str, Any] = reply.json()
        return body

    def say(self, text: str, voice: str) -> str:
        """Submit a speech and return its id."""
        reply = self.post("/api/v1/tts", json={"text": text, "voiceId": voice})
        assert reply.status_code == 200, reply.text
        return str(reply.json()["speechId"])

    def ended_voice(self, voice_id: str) -> dict[str, Any]:
        return self._ended(f"/api/v1/voices/{voice_id}", "voice")

    def ended_speech(self, speech_id: str) -> dict[str, Any]:
        return self._ended(f"/api/v1/tts/{speech_id}", "speech")

    def _ended(self, path: str, what: str) -> dict[str, Any]:
        def final() -> dict[str, Any] | None:
            shown: dict[str, Any] = self.get(path).json()[what]
            return None if shown["status"] == "PROCESSING" else shown

        ended = wait_for(final, seconds=60, what=f"the end of {path}")
        assert ended is not None
        return ended
