"""Customers whose programs go on through any outage: they send again until they are answered."""

import random
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.faults.installation import ROOT, Tenant

SAMPLE = ROOT / "samples" / "voice.mp3"
_WORDS = [
    "amber",
    "boats",
    "carry",
    "dusk",
    "every",
    "free",
    "gull",
    "homeward",
    "in",
    "june",
    "keeping",
    "light",
]


@dataclass
class Customer:
    """One tenant, what it started with, and what it was promised."""

    tenant: Tenant
    voice: str
    credits: int
    speeches: list[str] = field(default_factory=list)
    voices: list[str] = field(default_factory=list)
    wanted: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ask(self, dice: random.Random, folder: Path) -> None:
        """Submit one job, with one idempotency key for all its tries."""
        self.wanted += 1
        key = uuid.UUID(int=dice.getrandbits(128)).hex
        if dice.random() < 0.05:
            answer = self._until_answered(key, "/voice-clone", file=True)
            with self.lock:
                self.voices.append(answer["voiceId"])
            return
        words = " ".join(dice.choices(_WORDS, k=dice.randint(3, 12)))
        order = dice.choices(
            ["", "{slow 2}", "{raise}", f"{{hang once {folder}/{key}}}"], [70, 20, 8, 2]
        )[0]
        body = {"text": f"{words}. {order}", "voiceId": self.voice}
        answer = self._until_answered(key, "/tts", body)
        with self.lock:
            self.speeches.append(answer["speechId"])

    def _until_answered(
        self, key: str, path: str, body: dict[str, Any] | None = None, *, file: bool = False
    ) -> dict[str, Any]:
        headers = {"Idempotency-Key": key, "Authorization": f"Bearer {self.tenant.key}"}
        end = time.monotonic() + 120
        while time.monotonic() < end:
            try:
                files = {"voice": SAMPLE.read_bytes()} if file else None
                reply = requests.post(
                    f"{self.tenant.url}/api/v1{path}",
                    json=body, files=files, headers=headers, timeout=10,
                )  # fmt: skip
            except requests.RequestException:
                time.sleep(0.2)
                continue
            if reply.status_code == 200:
                answer: dict[str, Any] = reply.json()
                return answer
            if reply.status_code < 500:
                raise AssertionError(f"{path} answered {reply.status_code}: {reply.text}")
            time.sleep(0.2)
        raise AssertionError(f"{path} was not answered for two minutes")
