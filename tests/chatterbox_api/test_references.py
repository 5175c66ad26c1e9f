"""Recordings that cannot be had or cannot be used: the job fails, and costs nothing."""

import socket
import time

import numpy as np
import pytest

from inference.fetch.guarded import Timeout
from speech.models import Speech
from tests.audio.files import make
from tests.chatterbox_api.asking import clone, refused, spoken
from tests.fetch.servers import Server, answering, redirecting
from tests.support import recordings
from tests.support.callers import Caller
from voices import fetching

pytestmark = pytest.mark.usefixtures("working")

DOWNLOADING = "Error downloading reference audio: "
READING = "Error reading reference audio: "


def fails(ada: Caller, url: str, message: str, *, code: int = 500) -> None:
    """Check that a reference fails its job, which gives its price back and leaves nothing."""
    body = refused(clone(ada, url, id="mine"), code, message)
    assert body["id"] == "mine"
    speech = Speech.objects.get()
    assert str(speech.call.pk) == body["job_id"]
    assert (speech.state, speech.refunded, ada.credits()) == ("FAILED", speech.cost, 10_000)
    assert speech.voice.reference_name == ""


def test_a_recording_that_is_not_there(ada: Caller, serve) -> None:
    server = serve(answering(b"", status="404 Not Found"))
    fails(ada, server.url, f"{DOWNLOADING}The server answered with status 404.")
    assert server.connections == 1


def test_a_server_that_fails_is_asked_again(ada: Caller, serve, settings) -> None:
    server = serve(answering(b"", status="503 Service Unavailable"))
    fails(ada, server.url, f"{DOWNLOADING}The server answered with status 503.")
    assert server.connections == settings.JOB_MAX_ATTEMPTS


def test_a_server_that_is_slow_is_a_timeout(ada: Caller, serve, settings, monkeypatch) -> None:
    settings.JOB_MAX_ATTEMPTS = 1
    monkeypatch.setattr(fetching, "_PATIENCE", Timeout(connect=1.0, read=0.2, total=1.0))

    def sleep(_connection: socket.socket, _request: bytes) -> None:
        time.sleep(1)

    fails(ada, serve(sleep).url, f"{DOWNLOADING}Connection timeout")


def test_a_server_that_does_not_answer(ada: Caller, settings) -> None:
    with Server(answering()) as closed:
        settings.ALLOWED_FETCH_HOSTS = closed.allowed
    fails(ada, closed.url, f"{DOWNLOADING}The server could not be reached.")


def test_a_recording_that_is_too_large(ada: Caller, serve, monkeypatch) -> None:
    monkeypatch.setattr(fetching, "MAX_REFERENCE_BYTES", 1000)
    message = f"{DOWNLOADING}The file is larger than 1000 bytes."
    fails(ada, serve(answering(b"a" * 1001)).url, message, code=400)


def test_what_is_no_audio(ada: Caller, serve) -> None:
    page = answering(b"<html>Sign in first</html>", headers={"Content-Type": "text/html"})
    fails(
        ada,
        serve(page).url,
        f"{READING}The file is not MP3, WAV, FLAC, OGG, WebM, M4A or AAC audio.",
        code=400,
    )


@pytest.mark.parametrize(
    ("recording", "complaint"),
    [
        (recordings.flac(0.5), "The audio lasts 0.50 s; at least 1 s are needed."),
        (recordings.silence(4.0), "The recording is silent."),
        (b"", "The file is empty."),
    ],
    ids=["short", "silent", "empty"],
)
def test_a_recording_that_is_of_no_use_is_the_client_s_fault(
    ada: Caller, serve, recording: bytes, complaint: str
) -> None:
    fails(ada, serve(answering(recording)).url, f"{READING}{complaint}", code=400)


def test_a_recording_without_a_voice_is_the_client_s_fault(ada: Caller, serve) -> None:
    noise = np.random.default_rng(1).normal(0, 0.1, 4 * 24_000)
    url = serve(answering(make("pcm_s16le", "wav", noise, 24_000))).url
    refused(clone(ada, url), 400, "The recording holds no voice.")
    assert ada.credits() == 10_000


def test_a_recording_longer_than_what_is_used_is_taken(ada: Caller, serve) -> None:
    spoken(clone(ada, serve(answering(recordings.mp3(240.0))).url))


def test_a_redirect_into_a_private_network(ada: Caller, serve) -> None:
    url = serve(redirecting("http://127.0.0.1:8080/secret")).url
    fails(ada, url, f"{DOWNLOADING}The URL leads to an address that is not allowed.")


def test_a_redirect_to_another_allowed_server_is_followed(ada: Caller, serve) -> None:
    there = serve(answering(recordings.mp3(4.0)))
    spoken(clone(ada, serve(redirecting(f"{there.url}/a.mp3")).url))


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "webm"])
def test_common_formats_are_taken_whatever_type_the_server_says(
    ada: Caller, serve, kind: str
) -> None:
    spoken(clone(ada, serve(answering(getattr(recordings, kind)(3.0))).url))


def test_a_reference_is_no_voice_of_the_workspace(ada: Caller, reference: str) -> None:
    spoken(clone(ada, reference))
    assert ada.get("/api/v1/voices").json()["voices"] == []
    assert ada.credits() == 10_000 - len("Good morning.")
