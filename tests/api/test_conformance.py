"""The live service against its own OpenAPI document, with requests nobody thought of."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.live import Live

pytestmark = [pytest.mark.xdist_group("live-api"), pytest.mark.timeout(400)]

SEED = "20260314"
EXAMPLES = "10"
# Left out: what fits the document may still be refused (bytes of text, the content of a
# file), and the checks that need a second user or a sequence of calls have tests of their own.
LEFT_OUT = (
    "positive_data_acceptance",
    "use_after_free",
    "ensure_resource_availability",
    "object_level_authorization",
)
# These wait for a job, and a job that fails is documented to be a 500: that of a recording which
# cannot be fetched, for one. A crash of ours still shows in the log.
WAITING = "^/v1/chatterbox/"


def test_no_request_has_it_fail_or_answer_as_undocumented(live: Live, tmp_path: Path) -> None:
    voice = live.clone()["voiceId"]
    live.ended_voice(voice)
    speech = live.say("Good day.", voice)
    webhook = live.post("/api/v1/webhooks", json={"url": "https://hooks.example.com/x"}).json()
    spoken = live.post("/v2/any/runsync", json={"input": {"operation": "tts", "text": "Hi."}})
    ids = {
        "endpoint_id": "any",
        "job_id": spoken.json()["id"],
        "voice_id": voice,
        "speech_id": speech,
        "webhook_id": webhook["webhook"]["id"],
    }
    configuration = tmp_path / "schemathesis.toml"
    configuration.write_text(
        "[parameters]\n"
        + "".join(f'"path.{name}" = "{value}"\n' for name, value in ids.items())
        + f'[[operations]]\ninclude-path-regex = "{WAITING}"\n'
        "checks.not_a_server_error.enabled = false\n"
    )
    done = subprocess.run(
        [
            sys.executable, "-m", "schemathesis.cli",
            "--config-file", str(configuration),
            "run", f"{live.url}/api/schema", "--url", live.url,
            "--header", f"Authorization: Bearer {live.key}",
            "--phases", "examples,coverage,fuzzing",
            "--max-examples", EXAMPLES, "--seed", SEED, "--generation-database", "none",
            "--exclude-checks", ",".join(LEFT_OUT),
            "--continue-on-failure", "--no-color",
        ],
        cwd=tmp_path, capture_output=True, text=True, timeout=380, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert "Traceback" not in live.said()
