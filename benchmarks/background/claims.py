"""What a claim costs with few and with many queued jobs, and how soon an idle worker begins."""

import statistics
import time
from collections.abc import Iterator

from django.db import connection

from benchmarks.background.rows import Row
from tests.faults.installation import Installation, Tenant

TENANTS = 101
FEW, MANY = 200, 100_000
_CLAIMS = 40
_STARTS = 20

_TENANTS_SQL = """
INSERT INTO accounts_workspace (id, name, may_omit_watermark, created_at)
SELECT 'w' || lpad(n::text, 24, '0'), 'Tenant ' || n, false, now() FROM generate_series(1, %s) n
"""
_WALLETS_SQL = """
INSERT INTO billing_wallet (workspace_id, regular, permanent, sequence, ends_at_reset, created_at)
SELECT id, 0, 0, 0, false, now() FROM accounts_workspace WHERE id LIKE 'w0%%'
"""
_JOBS_SQL = """
INSERT INTO speech_speech (id, workspace_id, voice_id, voice_title, voice_type, voice_cover_image,
    text, format, language, speed, exaggeration, cfg_weight, temperature, seed, kind, input_name,
    sample_rate, normalization, live, no_watermark, audio_name, state, attempt, deadline,
    cancel_requested, cost, delivered, refunded, error_code, error_message, engine, model,
    request_id, created_at, updated_at)
SELECT 's' || lpad((%(first)s + n)::text, 24, '0'),
    'w' || lpad((1 + n %% %(tenants)s)::text, 24, '0'), voice.id, '', 'SYSTEM', '', 'Hello.',
    'mp3', '', 1, 0.5, 0.5, 0.8, 1, 'speech', '', 24000, '', false, false, '', 'QUEUED', 0,
    now() + interval '1 day', false, 0, 0, 0, '', '', 'espeak', '', '',
    now() + n * interval '1 microsecond', now()
FROM generate_series(1, %(count)s) n, (SELECT id FROM voices_voice LIMIT 1) voice
"""


def measure(scale: float) -> Iterator[Row]:
    """Yield the median time of a claim beside few and many queued jobs of 101 tenants."""
    many = max(FEW * 2, round(MANY * scale))
    _run(_TENANTS_SQL, [TENANTS])
    _run(_WALLETS_SQL)
    few_ms = many_ms = 0.0
    for count, first in ((FEW, 0), (many - FEW, FEW)):
        _run(_JOBS_SQL, {"first": first, "count": count, "tenants": TENANTS})
        _run("ANALYZE")
        few_ms, many_ms = many_ms, _claim_ms()
        yield Row(f"a claim with {first + count:,} queued jobs of {TENANTS} tenants", many_ms, "ms")
    yield Row("many against few", many_ms / few_ms, "times", "goal: at most 2")
    yield from _starts()


def _claim_ms() -> float:
    from inference.jobs.fair_scheduler import claim_next  # noqa: PLC0415 - needs Django set up
    from inference.jobs.lifecycle import release  # noqa: PLC0415

    taken = []
    for _ in range(_CLAIMS):
        began = time.perf_counter()
        held = claim_next()
        taken.append((time.perf_counter() - began) * 1000)
        if held is None:
            raise RuntimeError("nothing could be claimed")
        release(held)
    return statistics.median(taken)


def _starts() -> Iterator[Row]:
    """Yield how long a job waits for a worker that is idle, between its commit and its claim."""
    with Installation(SIGNUP_CREDITS_UNVERIFIED="0") as installation:
        installation.start_web()
        installation.start_worker()
        tenant = installation.tenant("One")
        voice = tenant.system_voice()
        for _ in range(3):
            _ended(tenant, tenant.say("Hello.", voice))
        for _ in range(_STARTS):
            _ended(tenant, tenant.say("Hello.", voice))
            time.sleep(0.3)
        waited = "EXTRACT(EPOCH FROM started_at - created_at) * 1000"
        query = f"SELECT {waited} FROM speech_speech ORDER BY created_at DESC LIMIT {_STARTS}"
        times = [float(row[0]) for row in installation.query(query)]
    note = "goal: at most 20 after the commit; the submission's own writes are counted in"
    yield Row(
        "from submission to an idle worker's claim, median", statistics.median(times), "ms", note
    )


def _ended(tenant: Tenant, speech: str) -> None:
    while tenant.speech(speech)["status"] == "PROCESSING":
        time.sleep(0.02)


def _run(sql: str, values: object = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
