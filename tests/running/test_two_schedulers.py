"""Two real schedulers of one installation."""

from collections.abc import Iterator

import pytest

from tests.faults.installation import Installation, Tenant, wait_for

SECONDS = 60


@pytest.fixture
def installation() -> Iterator[Installation]:
    settings = {"HOUSEKEEPING_SECONDS": "0.2", "VOICECLONE_ENGINE": "espeak"}
    with Installation(**settings) as installation:
        yield installation


def holder(installation: Installation) -> str:
    rows = installation.query("SELECT holder FROM inference_lease WHERE until > now()")
    return str(rows[0][0]) if rows else ""


def purged(installation: Installation) -> bool:
    return bool(installation.query("SELECT 1 FROM speech_speech WHERE text = ''"))


def test_the_other_does_the_housekeeping_when_one_is_killed_and_each_ends_in_good_time(
    installation: Installation,
) -> None:
    first = installation.start("first", "manage.py", "scheduler")
    had_it = wait_for(lambda: holder(installation), seconds=SECONDS, what="a holder")
    second = installation.start("second", "manage.py", "scheduler")
    wait_for(lambda: b"running" in second.log.read_bytes(), seconds=SECONDS, what="the second")
    first.kill()
    assert holder(installation) == had_it, "a killed process has it until its time is over"
    _deleted_speech(installation)
    installation.execute("UPDATE inference_lease SET until = now()")
    wait_for(lambda: purged(installation), seconds=SECONDS, what="a purge by the second")
    assert holder(installation) not in {"", had_it}
    assert second.stop(SECONDS) == 0
    assert holder(installation) == "", "a process that ends lets go of it"


def _deleted_speech(installation: Installation) -> None:
    installation.start_web()
    ada: Tenant = installation.tenant("Ada")
    speech = ada.say("Good morning.", ada.system_voice())
    ada.http.delete(f"{ada.url}/api/v1/tts/{speech}", timeout=20).raise_for_status()
