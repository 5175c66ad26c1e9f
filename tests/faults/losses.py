"""Looking for what got lost, billed twice or left without an end."""

import io
from collections import Counter

import requests

from inference.audio.decode import probe
from tests.embedded.service import EmbeddedService
from tests.faults.customers import Customer
from tests.faults.installation import Installation, wait_for

_SETTLED_WITHIN = 180
_LIVE_JOBS = """
    SELECT (SELECT count(*) FROM speech_speech WHERE state IN ('QUEUED', 'RUNNING'))
        + (SELECT count(*) FROM voices_voice WHERE state IN ('QUEUED', 'RUNNING'))"""
_ALL_JOBS = """
    SELECT (SELECT count(*) FROM speech_speech)
        + (SELECT count(*) FROM voices_voice WHERE type = 'USER')"""
_MOVED_TWICE = """
    SELECT job_id, kind FROM billing_entry WHERE kind IN ('charge', 'refund')
    GROUP BY job_id, kind HAVING count(*) > 1"""


def losses(service: Installation | EmbeddedService, customers: list[Customer]) -> list[str]:
    """Wait for all jobs to end; return what is wrong, in sentences."""
    wait_for(
        lambda: service.query(_LIVE_JOBS)[0][0] == 0, seconds=_SETTLED_WITHIN, what="all to end"
    )
    found: list[str] = []
    states: Counter[str] = Counter()
    for customer in customers:
        found += _losses_of(customer, states)
    wanted = sum(customer.wanted for customer in customers)
    made = service.query(_ALL_JOBS)[0][0]
    if made != wanted:
        found.append(f"{wanted} requests made {made} jobs")
    found += [f"{job} has more than one {kind}" for job, kind in service.query(_MOVED_TWICE)]
    print(f"jobs: {wanted};", ", ".join(f"{name} {n}" for name, n in sorted(states.items())))
    print(service.manage("audit_ledger"))
    return found


def _losses_of(customer: Customer, states: Counter[str]) -> list[str]:
    found: list[str] = []
    spent = 0
    for speech_id in customer.speeches:
        speech = customer.tenant.speech(speech_id)
        states[speech["status"]] += 1
        spent += speech["creditsUsed"]
        price = len(speech["text"].encode())
        if speech["status"] == "COMPLETED":
            audio = requests.get(speech["audioUrl"], timeout=20)
            if audio.status_code != 200 or probe(io.BytesIO(audio.content)).duration <= 0:
                found.append(f"{speech_id} is completed and has no audio")
            if speech["creditsUsed"] != price:
                found.append(f"{speech_id} cost {speech['creditsUsed']}, not {price}")
        elif speech["status"] != "FAILED" or speech["creditsUsed"] != 0:
            found.append(f"{speech_id} is {speech['status']} at {speech['creditsUsed']}")
    for voice_id in customer.voices:
        status = customer.tenant.get(f"/voices/{voice_id}").json()["voice"]["status"]
        states[f"voice {status}"] += 1
        spent += 1000 if status == "COMPLETED" else 0
        if status not in {"COMPLETED", "FAILED"}:
            found.append(f"voice {voice_id} is {status}")
    held = customer.tenant.credits()
    if held != customer.credits - spent:
        found.append(f"a wallet holds {held}, not {customer.credits} - {spent}")
    return found
