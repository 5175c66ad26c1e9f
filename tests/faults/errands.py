"""What customers ask for, in every dialect; each errand is a request with all its tries."""

import base64
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.faults.customers import Customer, is_ok, new_key
from tests.faults.listening import hang_up, listen
from tests.faults.own_server import SAMPLE
from tests.faults.texts import sentence, text

Errand = Callable[[Customer, random.Random, Path], None]

WAIT_SECONDS = 8.0
"""For how long requests wait in chaos, so that some see the end of it."""
_RECORDING = base64.b64encode(SAMPLE.read_bytes()).decode()
_FINAL = {"COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"}


def run_errand(customer: Customer, dice: random.Random, folder: Path) -> None:
    """Do one errand, as the dice fall, and look how an earlier one stands."""
    errands, weights = zip(*_ERRANDS, strict=True)
    dice.choices(errands, weights)[0](customer, dice, folder)
    if customer.calls:
        _poll(customer, dice.choice(customer.calls))


def _say(customer: Customer, dice: random.Random, folder: Path) -> None:
    key = new_key(dice)
    body = {"text": text(dice, folder / key), "voiceId": customer.voice}
    reply = _wanted(customer, "/api/v1/tts", key=key, json=body)
    with customer.lock:
        customer.speeches.append(reply.json()["speechId"])


def _clone(customer: Customer, dice: random.Random, _folder: Path) -> None:
    files = {"voice": SAMPLE.read_bytes()}
    reply = _wanted(customer, "/api/v1/voice-clone", key=new_key(dice), files=files)
    with customer.lock:
        customer.voices.append(reply.json()["voiceId"])


def _run(customer: Customer, dice: random.Random, folder: Path) -> None:
    key = new_key(dice)
    body = {"input": _input(dice, folder / key)}
    if dice.random() < 0.4:
        body["webhook"] = customer.server.hook_url
    _called(customer, _wanted(customer, "/v2/chaos/run", key=key, json=body))


def _run_and_wait(customer: Customer, dice: random.Random, folder: Path) -> None:
    key = new_key(dice)
    path = f"/v2/chaos/runsync?wait={WAIT_SECONDS * 1000:.0f}"
    body = {"input": _input(dice, folder / key)}
    _called(customer, _wanted(customer, path, key=key, limit=WAIT_SECONDS, json=body))


def _input(dice: random.Random, marker: Path) -> dict[str, Any]:
    """Return a text to speak, with a recording for it at times, or a recording to convert."""
    if dice.random() < 0.4:
        return {"operation": "voice_conversion", "input_audio": _RECORDING, "voice_name": "Amy"}
    voice = {"reference_audio": _RECORDING} if dice.random() < 0.3 else {"voice_name": "Aaron"}
    return {"operation": "tts", "text": text(dice, marker), **voice}


def _called(customer: Customer, reply: requests.Response) -> None:
    with customer.lock:
        customer.calls.append(reply.json()["id"])


def _wait(customer: Customer, dice: random.Random, folder: Path) -> None:
    """Wait for a speech, in the voice of a recording on the customers' server at times."""
    key = new_key(dice)
    body = {"text": text(dice, folder / key)}
    if dice.random() < 0.3:
        body["voice_audio_url"] = customer.server.recording_url
    path = "voice-cloning" if "voice_audio_url" in body else "text-to-speech"
    _wanted(
        customer, f"/v1/chatterbox/{path}", key=key, limit=WAIT_SECONDS, json=body,
        is_final=_has_ended,
    )  # fmt: skip


def _be_told(customer: Customer, dice: random.Random, folder: Path) -> None:
    key = new_key(dice)
    body = {"text": text(dice, folder / key), "webhook_url": customer.server.hook_url}
    path = "/v1/chatterbox/text-to-speech"
    _wanted(
        customer, path, key=key, json=body,
        is_final=lambda reply: reply.status_code == 202 or _has_ended(reply),
    )  # fmt: skip


def _has_ended(reply: requests.Response) -> bool:
    """Whether an answer is about a job that has ended, well or not."""
    return reply.status_code in {200, 409, 500, 504} and "job_id" in reply.json()


def _lose_patience(customer: Customer, dice: random.Random, _folder: Path) -> None:
    """Hang up while the speech is waited for."""
    customer.unsure += 1
    body = {"text": f"{sentence(dice)} {{slow 12}}"}
    url = f"{customer.tenant.url}/v1/chatterbox/text-to-speech"
    headers = {"Authorization": f"Bearer {customer.tenant.key}"}
    try:
        requests.post(url, json=body, headers=headers, timeout=dice.uniform(0.3, 2.0))
    except requests.RequestException:
        return


def _wanted(
    customer: Customer,
    path: str,
    *,
    is_final: Callable[[requests.Response], bool] = is_ok,
    **options: Any,
) -> requests.Response:
    with customer.lock:
        customer.wanted += 1
    return customer.until_answered(path, is_final=is_final, **options)


def _poll(customer: Customer, call: str) -> None:
    """Look at a call; what has ended once must stay so."""
    reply = customer.send(f"/v2/chaos/status/{call}", method="GET")
    if reply is None or reply.status_code != 200:
        return
    status = reply.json()["status"]
    if status in _FINAL:
        before = customer.ends.setdefault(call, status)
        if before != status:
            customer.wrongs.append(f"{call} was {before} and is {status}")
    elif call in customer.ends:
        customer.wrongs.append(f"{call} was {customer.ends[call]} and is {status}")


_ERRANDS: list[tuple[Errand, int]] = [
    (_say, 26),
    (_clone, 4),
    (_run, 14),
    (_run_and_wait, 10),
    (_wait, 10),
    (_be_told, 10),
    (_lose_patience, 4),
    (listen, 14),
    (hang_up, 8),
]
"""Each with how often it is done."""
