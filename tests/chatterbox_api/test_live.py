"""The calls of the dialect's public documentation, as clients make them, and a client that leaves.

Base URL, key and the addresses of recordings and webhooks are the only things put in.
"""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.chatterbox_api.asking import ACCEPTED, SPOKEN, WEBHOOK
from tests.chatterbox_api.live import Live

pytestmark = pytest.mark.xdist_group("live-chatterbox")

CURL_BODY = """{
    "text": "This is a test of voice cloning technology.",
    "voice_audio_url": "REFERENCE",
    "language": "en",
    "model_type": "multilingual",
    "emotion_intensity": 1.0,
    "webhook_url": "WEBHOOK",
    "id": "voice-clone-123"
  }"""


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with Live(tmp_path_factory.mktemp("chatterbox")) as running:
        yield running


def assert_spoken(body: dict[str, Any]) -> None:
    assert set(body) == SPOKEN, body
    assert (body["code"], body["message"]) == (200, "success")
    audio = requests.get(body["response"], timeout=20)
    assert audio.headers["Content-Type"] == "audio/wav"
    assert audio.headers["x-engine"] == "tests.waiting.engine:GatedEngine"
    assert audio.content[:4] == b"RIFF"
    assert len(audio.content) > 10_000


def test_curl_is_told_by_webhook(live: Live) -> None:
    secret = live.secret()
    done = subprocess.run(
        [
            shutil.which("curl") or "curl", "-sS", "--max-time", "60", "-X", "POST",
            f"{live.url}/v1/chatterbox/voice-cloning",
            "-H", "Content-Type: application/json",
            "-H", f"x-api-key: {live.key}",
            "-d", CURL_BODY.replace("REFERENCE", live.reference)
                           .replace("WEBHOOK", live.receiver.url),
        ],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    accepted = json.loads(done.stdout)
    assert set(accepted) == ACCEPTED
    assert (accepted["code"], accepted["id"]) == (202, "voice-clone-123")
    payload = live.told(accepted["job_id"], secret)
    assert set(payload) == WEBHOOK
    assert (payload["code"], payload["id"]) == (200, "voice-clone-123")
    assert_spoken({name: payload[name] for name in SPOKEN})


def test_python_waits_and_is_told_by_webhook(live: Live) -> None:
    API_URL = f"{live.url}/v1/chatterbox/voice-cloning"  # noqa: N806 - as documented
    API_KEY = live.key  # noqa: N806

    def clone_voice(
        text: str, voice_audio_url: str, language: str = "en", webhook_url: str | None = None
    ) -> Any:
        headers = {"Content-Type": "application/json", "x-api-key": API_KEY}
        payload = {
            "text": text,
            "voice_audio_url": voice_audio_url,
            "language": language,
            "model_type": "multilingual",
            "emotion_intensity": 1.0,
            "id": f"voice-clone-{int(time.time())}",
        }
        if webhook_url:
            payload["webhook_url"] = webhook_url
        response = requests.post(API_URL, json=payload, headers=headers)
        return response.json()

    result = clone_voice(
        text="Hello! This is my cloned voice speaking.",
        voice_audio_url=live.reference,
        language="en",
    )
    assert_spoken(result)

    secret = live.secret()
    result = clone_voice(
        text="¡Hola! Esta es mi voz clonada hablando.",
        voice_audio_url=live.reference,
        language="es",
        webhook_url=live.receiver.url,
    )
    assert result["code"] == 202
    payload = live.told(result["job_id"], secret)
    assert (payload["code"], payload["id"]) == (200, result["id"])


def test_python_keeps_a_library_of_voices(live: Live) -> None:
    class VoiceLibrary:
        def __init__(self, api_key: str, base_url: str) -> None:
            self.api_key = api_key
            self.base_url = base_url
            self.voices: dict[str, str] = {}

        def add_voice(self, name: str, reference_audio_url: str) -> None:
            self.voices[name] = reference_audio_url

        def generate_speech(self, voice_name: str, text: str, language: str = "en") -> Any:
            if voice_name not in self.voices:
                raise ValueError(f"Voice '{voice_name}' not found in library")
            headers = {"Content-Type": "application/json", "x-api-key": self.api_key}
            payload = {
                "text": text,
                "voice_audio_url": self.voices[voice_name],
                "language": language,
                "model_type": "multilingual",
            }
            response = requests.post(
                f"{self.base_url}/v1/chatterbox/voice-cloning", json=payload, headers=headers
            )
            return response.json()

    library = VoiceLibrary(api_key=live.key, base_url=live.url)
    library.add_voice("narrator", live.reference)
    library.add_voice("character1", live.reference)
    assert_spoken(library.generate_speech("narrator", "Once upon a time...", "en"))
    assert_spoken(library.generate_speech("character1", "Hello there!", "en"))


def test_who_hangs_up_has_the_job_cancelled_and_the_price_back(live: Live) -> None:
    before, gate = live.credits(), live.place.gate()
    text = f"{gate} Nobody hears this."
    connection = live.connect(text)
    job = live.place.started(text)
    assert live.credits() == before - len(text)
    connection.close()
    live.place.becomes(job, "CANCELLED")
    assert live.credits() == before
    gate.open()
