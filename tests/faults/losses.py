"""Looking for what got lost, billed twice or left without an end."""

import io
from collections import Counter

import requests

from inference.audio.decode import probe
from tests.faults.customers import Customer
from tests.faults.installation import wait_for
from tests.faults.promises import unanswered_calls, untold_calls, untrue_streams
from tests.faults.rules import Service, missing_audio, spent, wrong_charges

_SETTLED_WITHIN = 180
_LIVE_JOBS = """
    SELECT (SELECT count(*) FROM speech_speech WHERE state IN ('QUEUED', 'RUNNING'))
        + (SELECT count(*) FROM voices_voice WHERE state IN ('QUEUED', 'RUNNING'))"""
_ALL_JOBS = """
    SELECT (SELECT count(*) FROM speech_speech)
        + (SELECT count(*) FROM voices_voice WHERE type = 'USER')"""
_STATES = "SELECT state FROM speech_speech UNION ALL SELECT 'voice ' || state FROM voices_voice"


def losses(service: Service, customers: list[Customer]) -> list[str]:
    """Wait for all jobs to end; return what is wrong, in sentences."""
    wait_for(
        lambda: service.query(_LIVE_JOBS)[0][0] == 0, seconds=_SETTLED_WITHIN, what="all to end"
    )
    promised: Counter[str] = Counter()
    found = [wrong for customer in customers for wrong in customer.wrongs]
    found += _wrong_number(service, customers)
    found += wrong_charges(service)
    found += _wrong_wallets(service, customers)
    found += missing_audio(service)
    for customer in customers:
        found += _losses_of(customer)
    found += unanswered_calls(service, customers, promised)
    found += untrue_streams(customers, promised)
    found += untold_calls(service, customers)
    states = Counter(state for (state,) in service.query(_STATES + " WHERE type = 'USER'"))
    print(f"jobs: {sum(states.values())};", _listed(states))
    print("answers:", _listed(promised))
    for loss in found:
        print("LOST:", loss)
    print(service.manage("audit_ledger"))
    print(service.manage("check_storage"))
    return found


def _wrong_number(service: Service, customers: list[Customer]) -> list[str]:
    least = sum(customer.wanted for customer in customers)
    most = least + sum(customer.unsure for customer in customers)
    made = service.query(_ALL_JOBS)[0][0]
    return [] if least <= made <= most else [f"{least} to {most} requests made {made} jobs"]


def _wrong_wallets(service: Service, customers: list[Customer]) -> list[str]:
    gone = sorted(customer.credits - customer.tenant.credits() for customer in customers)
    paid = spent(service)
    return [] if [one for one in gone if one] == paid else [f"wallets lost {gone}, jobs {paid}"]


def _losses_of(customer: Customer) -> list[str]:
    found: list[str] = []
    for speech_id in customer.speeches:
        speech = customer.tenant.speech(speech_id)
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
        if status not in {"COMPLETED", "FAILED"}:
            found.append(f"voice {voice_id} is {status}")
    return found


def _listed(counted: Counter[str]) -> str:
    return ", ".join(f"{name} {number}" for name, number in sorted(counted.items()))
