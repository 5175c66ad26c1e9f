"""What must hold for every job whose end has come, looked at in the database and the storage."""

import io
from collections import defaultdict
from pathlib import Path

from inference.audio.decode import probe
from tests.embedded.service import EmbeddedService
from tests.faults.installation import Installation

Service = Installation | EmbeddedService

_JOBS = """
    SELECT id, state, cost, delivered, refunded FROM speech_speech
    UNION ALL
    SELECT id, state, cost, delivered, refunded FROM voices_voice WHERE type = 'USER'"""
_ENTRIES = """
    SELECT job_id, kind, regular + permanent FROM billing_entry
    WHERE kind IN ('charge', 'refund')"""
_SPENT = """
    SELECT workspace_id, SUM(cost - refunded) FROM (
        SELECT workspace_id, cost, refunded FROM speech_speech
        UNION ALL SELECT workspace_id, cost, refunded FROM voices_voice
    ) AS jobs WHERE workspace_id IS NOT NULL GROUP BY workspace_id"""
_AUDIO = """
    SELECT id, audio_name, format, sample_rate, duration FROM speech_speech
    WHERE state = 'COMPLETED' AND deleted_at IS NULL"""
_SAMPLE_BYTES = 2  # of pcm


def wrong_charges(service: Service) -> list[str]:
    """Each job is charged once; one that did not complete gives back what was not delivered."""
    moved: dict[tuple[str, str], list[int]] = defaultdict(list)
    for job, kind, amount in service.query(_ENTRIES):
        moved[job, kind].append(amount)
    found = []
    for job, state, cost, delivered, refunded in service.query(_JOBS):
        back = 0 if state == "COMPLETED" else cost - delivered
        charges, refunds = moved.pop((job, "charge"), []), moved.pop((job, "refund"), [])
        if not 0 <= delivered <= cost:
            found.append(f"{job} delivered {delivered} of {cost}")
        if charges != [-cost]:
            found.append(f"{job} cost {cost} and was charged {charges}")
        if refunds != ([back] if back else []) or refunded != back:
            found.append(f"{job} is {state}, and was refunded {refunds}, not {back}")
    return found + [f"{job} is no job and has a {kind}" for job, kind in moved]


def spent(service: Service) -> list[int]:
    """Return what each workspace that spent anything has spent, in ascending order."""
    return sorted(int(amount) for _, amount in service.query(_SPENT) if amount)


def missing_audio(service: Service) -> list[str]:
    """Every completed speech and conversion has audio of the length that it says."""
    found = []
    for job, name, written, rate, duration in service.query(_AUDIO):
        seconds = _seconds(service.files / name, written, rate) if name else 0.0
        if not seconds or abs(seconds - duration) > 0.2:
            found.append(f"{job} is completed, says {duration} s, and has {seconds} s of audio")
    return found


def _seconds(file: Path, written: str, rate: int) -> float:
    if not file.is_file():
        return 0.0
    data = file.read_bytes()
    if written == "pcm":
        return len(data) / _SAMPLE_BYTES / rate
    return probe(io.BytesIO(data)).duration
