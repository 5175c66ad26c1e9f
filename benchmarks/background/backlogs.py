"""What is done to rows that come due, and how to have some come due."""

from collections.abc import Callable

from inference.jobs.idempotency import forget_old
from speech.calls import expire_calls
from speech.purge import expire_speeches, purge_deleted_speeches
from speech.webhooks.purge import purge_old_events
from voices.purge import (
    expire_handles,
    expire_one_request_voices,
    expire_references,
    purge_deleted_voices,
)

Task = Callable[[], bool]

_OLD = "now() - interval '40 days'"
BACKLOGS: tuple[tuple[str, Task, str], ...] = (
    (
        "expire calls and hide their speeches",
        expire_calls,
        """WITH called AS (
            UPDATE speech_call SET expires_at = now(), housekeeping_at = NULL WHERE id IN
            (SELECT id FROM speech_call WHERE speech_id IS NOT NULL LIMIT {rows})
            RETURNING speech_id
        ) UPDATE speech_speech SET deleted_at = NULL, files_removed_at = NULL
        WHERE id IN (SELECT speech_id FROM called)""",
    ),
    (
        "delete calls",
        expire_calls,
        f"""UPDATE speech_call SET expires_at = {_OLD}, housekeeping_at = now() WHERE id IN
        (SELECT id FROM speech_call WHERE housekeeping_at > now() LIMIT {{rows}})""",
    ),
    (
        "expire speeches",
        expire_speeches,
        f"""UPDATE speech_speech SET finished_at = {_OLD} WHERE id IN
        (SELECT id FROM speech_speech WHERE deleted_at IS NULL LIMIT {{rows}})""",
    ),
    (
        "remove the files of speeches",
        purge_deleted_speeches,
        """UPDATE speech_speech SET deleted_at = now(), housekeeping_at = now() WHERE id IN
        (SELECT id FROM speech_speech WHERE deleted_at IS NULL LIMIT {rows})""",
    ),
    (
        "delete the rows of speeches",
        purge_deleted_speeches,
        f"""UPDATE speech_speech SET files_removed_at = {_OLD}, housekeeping_at = now()
        WHERE id IN
        (SELECT id FROM speech_speech WHERE files_removed_at > {_OLD} LIMIT {{rows}})""",
    ),
    (
        "remove expired recordings of voices",
        expire_references,
        f"""UPDATE voices_voice SET finished_at = {_OLD} WHERE id IN
        (SELECT id FROM voices_voice WHERE id LIKE 'vk%' LIMIT {{rows}})""",
    ),
    (
        "expire handles",
        expire_handles,
        """UPDATE voices_voice SET expires_at = now() WHERE id IN
        (SELECT id FROM voices_voice WHERE type = 'HANDLE' LIMIT {rows})""",
    ),
    (
        "expire voices for one request",
        expire_one_request_voices,
        f"""UPDATE voices_voice SET finished_at = {_OLD}, deleted_at = NULL,
        files_removed_at = NULL, housekeeping_at = now() WHERE id IN
        (SELECT id FROM voices_voice WHERE type = 'ONCE' LIMIT {{rows}})""",
    ),
    (
        "remove the files of voices",
        purge_deleted_voices,
        """UPDATE voices_voice SET deleted_at = now(), housekeeping_at = now() WHERE id IN
        (SELECT id FROM voices_voice WHERE id LIKE 'vk%' AND deleted_at IS NULL LIMIT {rows})""",
    ),
    (
        "delete the rows of voices",
        purge_deleted_voices,
        f"""UPDATE voices_voice SET files_removed_at = {_OLD}, housekeeping_at = now()
        WHERE id IN (SELECT id FROM voices_voice WHERE files_removed_at > {_OLD} LIMIT {{rows}})""",
    ),
    (
        "delete webhook events and deliveries",
        purge_old_events,
        f"""UPDATE speech_webhookevent SET created_at = {_OLD} WHERE id IN
        (SELECT id FROM speech_webhookevent LIMIT {{rows}})""",
    ),
    (
        "delete remembered submissions",
        forget_old,
        f"""UPDATE inference_submission SET created_at = {_OLD} WHERE id IN
        (SELECT id FROM inference_submission LIMIT {{rows}})""",
    ),
)
"""What is timed, the task that does it, and how ``rows`` rows come due for it."""
