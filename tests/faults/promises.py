"""What customers were promised besides: answers to their calls, webhooks, streams that are true."""

import base64
import io
from collections import Counter
from uuid import UUID

import requests

from inference.audio.decode import probe
from tests.faults.customers import Customer, Stream
from tests.faults.installation import wait_for
from tests.faults.rules import Service

_HEADER = {"wav": 44, "mp3": 500}
"""Bytes that may differ in a stream: they say how long the whole is."""
_TOLD_WITHIN = 150  # an attempt whose scheduler was killed is made again after a minute

_KEPT = "SELECT id FROM speech_call WHERE expires_at IS NULL OR expires_at > CURRENT_TIMESTAMP"
_TO_BE_TOLD = "SELECT id FROM speech_call WHERE webhook_url <> ''"


def unanswered_calls(
    service: Service, customers: list[Customer], states: Counter[str]
) -> list[str]:
    """Each call has ended, or its result was kept long enough."""
    found = []
    for customer in customers:
        for call in customer.calls:
            reply = customer.tenant.http.get(f"{customer.tenant.url}/v2/chaos/status/{call}")
            if reply.status_code == 404 and call not in _ids(service, _KEPT):
                states["call expired"] += 1
                continue
            said = reply.json()
            states[f"call {said.get('status')}"] += 1
            if customer.ends.get(call, said.get("status")) != said.get("status"):
                found.append(f"{call} was {customer.ends[call]} and is {said}")
            if said.get("status") == "COMPLETED":
                audio = io.BytesIO(base64.b64decode(said["output"]["audio"]))
                if probe(audio).duration <= 0:
                    found.append(f"{call} is completed and has no audio")
            elif said.get("status") not in {"FAILED", "TIMED_OUT"} or not said["error"]:
                found.append(f"{call} answers {reply.status_code} {said}")
    return found


def untold_calls(service: Service, customers: list[Customer]) -> list[str]:
    """Each call with a webhook was told of, under one ``webhook-id`` however often."""
    calls = _ids(service, _TO_BE_TOLD)
    try:
        wait_for(
            lambda: all(any(one.server.told[call] for one in customers) for call in calls),
            seconds=_TOLD_WITHIN,
            what="all webhooks",
        )
    except AssertionError as late:
        return [str(late)]
    told = {call: ids for one in customers for call, ids in list(one.server.told.items())}
    return [f"{call} was told of as {ids}" for call, ids in told.items() if len(set(ids)) > 1] + [
        f"{call} is unknown and was told of" for call in told if call not in calls
    ]


def untrue_streams(customers: list[Customer], states: Counter[str]) -> list[str]:
    """A stream that came to its end is the stored audio; one that did not breaks visibly."""
    found = []
    for customer in customers:
        for stream in customer.streams:
            speech = customer.tenant.speech(stream.speech)
            completed = speech["status"] == "COMPLETED"
            states["stream whole" if stream.is_whole else "stream broken"] += 1
            if stream.is_whole and not completed:
                found.append(f"{stream.speech} came whole and is {speech['status']}")
            elif completed and not _agrees(stream, requests.get(speech["audioUrl"]).content):
                sent = f"{len(stream.audio)} bytes of {stream.format}"
                found.append(f"{stream.speech} was sent as {sent}, which are not those stored")
    return found


def _agrees(stream: Stream, stored: bytes) -> bool:
    begin = _HEADER.get(stream.format, 0)
    sent, stored = stream.audio[begin:], stored[begin:]
    return sent == stored if stream.is_whole else stored.startswith(sent)


def _ids(service: Service, query: str) -> set[str]:
    return {str(UUID(str(call))) for (call,) in service.query(query)}
