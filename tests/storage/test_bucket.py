"""Audio in a bucket: through django-storages, against a server that speaks S3."""

import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command

from inference.audio.decode import probe
from speech.models import Speech
from tests.docs.repository import ROOT
from tests.services.s3 import S3Server
from tests.support.callers import Caller
from voiceclone import storage
from voiceclone.storage import in_bucket
from voices.models import StoredPrompt, Voice

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]


def keys_in(server: S3Server, bucket: str) -> set[str]:
    listed = server.client().list_objects_v2(Bucket=bucket)
    return {found["Key"] for found in listed.get("Contents", ())}


def test_voices_and_speeches_lie_in_the_bucket_under_their_workspace(
    ada: Caller, bucket: str, s3_server: S3Server
) -> None:
    voice = Voice.get(ada.own_voice())
    speech = Speech.get(ada.own_speech(voice=voice.pk))
    prompt = StoredPrompt.objects.get()
    assert keys_in(s3_server, bucket) == {
        voice.reference_name,
        prompt.file_name,
        speech.audio_name,
    }
    owner = ada.workspace.pk
    assert speech.audio_name.startswith(f"speeches/{owner}/")
    for name in (voice.reference_name, prompt.file_name):
        assert name.startswith(f"voices/{owner}/{voice.pk}/")


def test_a_customer_is_led_to_the_audio(ada: Caller, bucket: str) -> None:
    speech_id = ada.own_speech()
    url = ada.get(f"/api/v1/tts/{speech_id}").json()["speech"]["audioUrl"]
    redirect = ada.get(url)
    assert redirect.status_code == 302
    audio = requests.get(redirect.headers["Location"], timeout=10)
    assert audio.status_code == 200
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert probe(BytesIO(audio.content)).duration > 0.3
    part = requests.get(redirect.headers["Location"], headers={"Range": "bytes=0-9"}, timeout=10)
    assert (part.status_code, part.content) == (206, audio.content[:10])


def test_storage_and_rows_agree_in_a_bucket(
    ada: Caller, bucket: str, capsys: pytest.CaptureFixture[str]
) -> None:
    ada.own_speech(voice=ada.own_voice())
    call_command("check_storage")
    assert "agree" in capsys.readouterr().out


def test_a_file_of_any_size_is_stored_with_one_request(bucket: str) -> None:
    sent: list[str] = []
    default_storage.connection.meta.client.meta.events.register(
        "before-call.s3", lambda model, **_more: sent.append(model.name)
    )
    default_storage.save("speeches/test/long.wav", ContentFile(bytes(20 * 1024 * 1024)))
    assert sent == ["PutObject"]


def test_a_store_that_fails_is_asked_as_often_as_stated(settings: Any, bucket: str) -> None:
    asked: list[str] = []

    class Overloaded(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Overloaded) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        there = in_bucket(bucket, endpoint_url=f"http://127.0.0.1:{server.server_port}")
        settings.STORAGES = settings.STORAGES | {"default": there}
        with pytest.raises(Exception, match="503"):
            default_storage.save("speeches/test/a.mp3", ContentFile(b"audio"))
        server.shutdown()
    assert len(asked) == storage.ATTEMPTS


def test_no_call_waits_longer_than_stated(bucket: str) -> None:
    configured = default_storage.connection.meta.client.meta.config
    assert configured.connect_timeout == storage.CONNECT_SECONDS
    assert configured.read_timeout == storage.READ_SECONDS
    assert configured.retries == {"total_max_attempts": storage.ATTEMPTS, "mode": "standard"}
    assert default_storage.transfer_config.num_download_attempts == 1


def test_reading_a_file_is_three_requests(bucket: str) -> None:
    name = default_storage.save("speeches/test/a.mp3", ContentFile(b"audio"))
    sent: list[str] = []
    default_storage.connection.meta.client.meta.events.register(
        "before-call.s3", lambda model, **_more: sent.append(model.name)
    )
    with default_storage.open(name) as file:
        assert file.read() == b"audio"
    assert sent == ["HeadObject", "HeadObject", "GetObject"]


@pytest.mark.parametrize(("lease", "starts"), [("60", True), ("50", False), ("10", False)])
def test_a_lease_that_a_call_to_s3_may_outlast_is_refused_at_start(
    tmp_path: Path, lease: str, starts: bool
) -> None:
    environment = {
        "VOICECLONE_HOME": str(tmp_path),
        "VOICECLONE_S3_BUCKET": "audio",
        "JOB_LEASE_SECONDS": lease,
        "DJANGO_SETTINGS_MODULE": "voiceclone.settings",
    }
    command = [sys.executable, "-c", "from django.conf import settings; settings.DEBUG"]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode == 0) is starts, done.stderr
    assert starts or "JOB_LEASE_SECONDS must be greater than 50" in done.stderr
