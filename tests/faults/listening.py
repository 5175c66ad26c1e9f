"""Customers who are sent audio while it is made."""

import base64
import json
import random
import time
from pathlib import Path
from typing import Any

import requests

from tests.faults.customers import PATIENCE, Customer, Stream, is_ok, new_key
from tests.faults.own_server import SAMPLE
from tests.faults.texts import long_text

PATH = "/v1/audio/speech"
MODEL = "tts-chatterbox-hd"
_GAP_SECONDS = 60.0
"""Longer than any stretch in which a stream that goes on sends nothing."""


def listen(customer: Customer, dice: random.Random, _folder: Path) -> None:
    """Ask for a stream until it has come whole, or never will."""
    with customer.lock:
        customer.wanted += 1
    key, body = new_key(dice), _body(customer, dice)
    if dice.random() < 0.3:
        body["stream_format"] = "sse"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        reply = customer.send(PATH, key=key, limit=_GAP_SECONDS, json=body, stream=True)
        if reply is not None and is_ok(reply):
            stream = received(reply, str(body["response_format"]))
            customer.streams.append(stream)
            if stream.silence > _GAP_SECONDS:
                customer.wrongs.append(f"{stream.speech} fell silent for {stream.silence:g} s")
            if stream.is_whole:
                return
        elif reply is not None and reply.headers.get("x-should-retry") == "false":
            return  # the speech has ended without audio
        elif reply is not None and reply.status_code < 500:
            raise AssertionError(f"{PATH} answered {reply.status_code}: {reply.text}")
        time.sleep(0.2)
    raise AssertionError(f"{PATH} did not come to an end in {PATIENCE:g} s")


def hang_up(customer: Customer, dice: random.Random, _folder: Path) -> None:
    """Go away after the first of the audio; without a key, so that nobody will ask again."""
    with customer.lock:
        customer.unsure += 1
    body = _body(customer, dice)
    reply = customer.send(PATH, limit=_GAP_SECONDS, json=body, stream=True)
    if reply is None or not is_ok(reply):
        return
    customer.left.append(reply.headers["x-speech-id"])
    with reply:
        try:
            next(reply.iter_content(None), b"")
        except requests.RequestException:
            return


def received(reply: requests.Response, written: str) -> Stream:
    """Take what a stream sends until its end, or until it breaks."""
    data = b""
    is_whole = False
    last = time.monotonic()
    with reply:
        try:
            for block in reply.iter_content(None):
                data += block
                last = time.monotonic()
            is_whole = True
        except requests.RequestException:
            pass
    silence = time.monotonic() - last
    if reply.headers["Content-Type"].startswith("text/event-stream"):
        data, last_event = _from_events(data)
        assert last_event or not is_whole, "a stream of events ended without its last one"
        is_whole = last_event == "speech.audio.done"
    return Stream(reply.headers["x-speech-id"], written, data, is_whole, silence)


def _from_events(written: bytes) -> tuple[bytes, str]:
    """Return the audio, and the type of the event that ends a stream if it came."""
    *events, _rest = written.decode().split("\n\n")
    said = [json.loads(event.removeprefix("data: ")) for event in events]
    audio = [base64.b64decode(one["audio"]) for one in said if "audio" in one]
    ends = [one["type"] for one in said if one["type"] in {"speech.audio.done", "error"}]
    return b"".join(audio), ends[-1] if ends else ""


def _body(customer: Customer, dice: random.Random) -> dict[str, Any]:
    return {
        "model": MODEL,
        "voice": _voice(customer, dice),
        "input": long_text(dice),
        "response_format": dice.choice(["mp3", "pcm", "wav"]),
        "streaming": True,
    }


def _voice(customer: Customer, dice: random.Random) -> str:
    """Return a system voice, or a handle that is made for it."""
    if dice.random() < 0.8:
        return "alloy"
    key = new_key(dice)
    form: dict[str, Any] = {"data": {"model": MODEL}, "files": {"file": SAMPLE.read_bytes()}}
    reply = customer.until_answered("/v1/audio/voices", is_final=is_ok, key=key, **form)
    return str(reply.json()["id"])
