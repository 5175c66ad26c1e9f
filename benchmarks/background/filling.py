"""The rows of a large installation, made in a few minutes."""

import time
from datetime import timedelta

from django.db import connection, transaction
from django.utils import timezone

from accounts.operations import create_workspace
from inference.models import Submission
from speech.models import Call, Delivery, Speech, WebhookEvent
from tests.support.many import multiply
from voices.models import StoredPrompt, Voice, VoiceType

_TABLES = (
    "speech_call",
    "speech_delivery",
    "speech_speech",
    "speech_webhookevent",
    "inference_submission",
    "voices_voice",
    "voices_storedprompt",
)


def fill(workspaces: int, speeches: int, calls: int) -> float:
    """Fill the tables; returns the seconds it took.

    Of the speeches ``calls`` were made by calls, with a recording for one request each: these
    are over, hidden, and wait for their rows to go.
    """
    began = time.perf_counter()
    _set_triggers("DISABLE")  # the checks of foreign keys alone take most of the time
    with transaction.atomic():
        tenants = [create_workspace(name=f"Workspace {number}") for number in range(workspaces)]
    first = tenants[0]
    names = "(SELECT array_agg(id ORDER BY id) FROM accounts_workspace)"
    run_sql(f"CREATE TABLE owners AS SELECT {names} AS ids")
    owner = f"(SELECT ids FROM owners)[1 + n % {workspaces}]"
    recent = "now() - n % 86400 * interval '5 seconds'"
    now = timezone.now()
    ended = {"state": "COMPLETED", "finished_at": now}
    system = Voice.objects.public()[0]
    once = Voice(id="vonce", workspace=first, type=VoiceType.ONCE, short_id="once", **ended)
    once.save()
    speech = Speech(id="s", workspace=first, voice=system, text="Words.", seed=1, **ended)
    speech.audio_name = "speeches/none.mp3"
    speech.save()
    multiply(
        speech, speeches - calls, id="'sk' || n", workspace=owner,
        created_at=recent, finished_at=recent,
    )  # fmt: skip
    week = "now() + n % 86400 * interval '5 seconds' + interval '1 hour'"
    hidden = {"deleted_at": "now()", "files_removed_at": "now()", "housekeeping_at": week}
    own = Voice(id="v", workspace=first, reference_name="voices/none.mp3", **ended)
    own.save()
    multiply(own, calls, id="'vk' || n", short_id="'k' || n", workspace=owner)
    prompt = StoredPrompt.objects.create(voice=own, file_name="voices/no-prompt")
    multiply(prompt, calls, voice="'vk' || n")
    handle = Voice(
        id="vhandle", workspace=first, type=VoiceType.HANDLE, short_id="handle", handle="vv",
        expires_at=now + timedelta(days=7), **ended,
    )  # fmt: skip
    handle.save()
    multiply(
        handle, calls, id="'vv' || n", handle="'vv' || n", short_id="'v' || n", workspace=owner
    )
    multiply(once, calls, id="'vh' || n", short_id="'' || n", workspace=owner, **hidden)
    multiply(
        speech, calls, id="'sh' || n", workspace=owner, voice="'vh' || n", **hidden
    )  # fmt: skip
    call = Call.objects.create(workspace=first, dialect="runpod", keep_seconds=1800)
    multiply(
        call, calls, id="gen_random_uuid()", workspace=owner, speech="'sh' || n",
        expires_at="now() - interval '1 hour'", housekeeping_at=week,
    )  # fmt: skip
    event = WebhookEvent.objects.create(id="e", workspace=first, type="call.settled", data={})
    multiply(event, calls, id="'e' || n", workspace=owner)
    delivery = Delivery.objects.create(
        id="d", workspace=first, event=event, url="https://example.com", form="native",
        state="DELIVERED", finished_at=now,
    )  # fmt: skip
    multiply(delivery, calls, id="'d' || n", event="'e' || n", workspace=owner)
    asked = Submission.objects.create(
        workspace=first, key="k", api_key="a", fingerprint="f", kind="speech", made_id="s"
    )
    multiply(asked, calls, key="'k' || n", workspace=owner)
    _set_triggers("ENABLE")
    run_sql("VACUUM ANALYZE")
    return time.perf_counter() - began


def _set_triggers(change: str) -> None:
    for table in _TABLES:
        run_sql(f"ALTER TABLE {table} {change} TRIGGER ALL")


def run_sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
