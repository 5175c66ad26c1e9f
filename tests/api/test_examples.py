"""The calls of the API's public documentation, from Python and from curl, as a client makes them.

Base URL, key, ids and the paths of files are the only things put in.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.api.live import Live
from tests.api.replies import ID
from tests.docs.programs import run_program
from tests.support import recordings

pytestmark = pytest.mark.xdist_group("live-api")

TEXT = "Hello, this is a test speech."


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "voice.mp3"
    path.write_bytes(recordings.mp3(4.0))
    return path


@pytest.fixture(scope="module")
def voice(live: Live) -> str:
    voice_id = str(live.clone()["voiceId"])
    assert live.ended_voice(voice_id)["status"] == "COMPLETED"
    return voice_id


@pytest.fixture(scope="module")
def speech(live: Live, voice: str) -> str:
    speech_id = live.say(TEXT, voice)
    assert live.ended_speech(speech_id)["status"] == "COMPLETED"
    return speech_id


def assert_cloned(body: dict[str, Any], live: Live, title: str | None, tags: list[str]) -> None:
    assert body["success"] is True
    assert ID.fullmatch(body["voiceId"])
    assert body["voice"]["id"] == body["voiceId"]
    assert body["voice"]["tags"] == tags
    assert body["voice"]["duration"] == pytest.approx(4.0, abs=0.1)
    if title is not None:
        assert body["voice"]["title"] == title
    assert requests.get(body["voice"]["audioUrl"], timeout=20).content == recordings.mp3(4.0)
    assert live.ended_voice(body["voiceId"])["status"] == "COMPLETED"


# ------------------------------------------------------------------ Python, with requests


def test_python_clones_a_voice(live: Live, recording: Path) -> None:
    with recording.open("rb") as opened:
        reply = requests.post(
            f"{live.url}/api/v1/voice-clone",
            headers={"Authorization": f"Bearer {live.key}"},
            files={"voice": opened},
            data={
                "title": "My Voice Clone",
                "description": "A custom voice",
                "tags": '["male","energetic"]',
            },
            timeout=20,
        )
    reply.raise_for_status()
    assert_cloned(reply.json(), live, "My Voice Clone", ["male", "energetic"])


def test_python_lists_the_voices(live: Live, voice: str) -> None:
    reply = requests.get(
        f"{live.url}/api/v1/voices",
        headers={"Authorization": f"Bearer {live.key}"},
        params={"page": 1, "limit": 20, "status": "COMPLETED"},
        timeout=20,
    )
    reply.raise_for_status()
    result = reply.json()
    assert result["pagination"]["total"] >= 1
    assert voice in [entry["id"] for entry in result["voices"]]
    for entry in result["voices"]:
        assert entry["title"]
        assert entry["status"] == "COMPLETED"
        assert isinstance(entry["usageCount"], int)


def test_python_generates_a_speech(live: Live, voice: str) -> None:
    reply = requests.post(
        f"{live.url}/api/v1/tts",
        headers={"Authorization": f"Bearer {live.key}", "Content-Type": "application/json"},
        json={"text": TEXT, "voiceId": voice, "format": "mp3"},
        timeout=20,
    )
    reply.raise_for_status()
    result = reply.json()
    assert ID.fullmatch(result["speechId"])
    assert result["creditsUsed"] == 29
    assert result["speech"]["status"] == "PROCESSING"


def test_python_asks_how_a_speech_stands(live: Live, speech: str) -> None:
    reply = requests.get(
        f"{live.url}/api/v1/tts/{speech}",
        headers={"Authorization": f"Bearer {live.key}"},
        timeout=20,
    )
    reply.raise_for_status()
    shown = reply.json()["speech"]
    assert shown["status"] == "COMPLETED"
    assert shown["duration"] > 1
    audio = requests.get(shown["audioUrl"], timeout=20)
    assert audio.headers["Content-Type"] == "audio/mpeg"
    assert len(audio.content) > 1000


def test_python_asks_for_the_balance(live: Live) -> None:
    reply = requests.get(
        f"{live.url}/api/v1/credits",
        headers={"Authorization": f"Bearer {live.key}"},
        timeout=20,
    )
    reply.raise_for_status()
    result = reply.json()
    parts = result["breakdown"]
    assert result["credits"] == parts["regular"] + parts["permanent"] > 0


def test_python_reads_what_went_wrong_from_the_reply(live: Live) -> None:
    reply = requests.post(
        f"{live.url}/api/v1/voice-clone",
        headers={"Authorization": f"Bearer {live.key}"},
        files={"voice": b"no audio"},
        timeout=20,
    )
    with pytest.raises(requests.HTTPError) as failed:
        reply.raise_for_status()
    assert failed.value.response.json()["code"] == "INVALID_PARAMETERS"


# ------------------------------------------------------------------ curl


def curl(*arguments: str) -> Any:
    done = subprocess.run(
        [shutil.which("curl") or "curl", "-sS", "--max-time", "20", *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture
def bearer(live: Live) -> tuple[str, str]:
    return ("-H", f"Authorization: Bearer {live.key}")


def test_curl_clones_a_voice_from_the_file_alone(live: Live, bearer, recording: Path) -> None:
    body = curl(
        "-X", "POST", f"{live.url}/api/v1/voice-clone", *bearer, "-F", f"voice=@{recording}"
    )
    assert_cloned(body, live, None, [])
    assert body["voice"]["title"]


def test_curl_clones_a_voice_with_what_is_said_of_it(live: Live, bearer, recording: Path) -> None:
    body = curl(
        "-X", "POST", f"{live.url}/api/v1/voice-clone", *bearer,
        "-F", f"voice=@{recording}",
        "-F", "title=My Voice Clone",
        "-F", "description=A custom voice description",
        "-F", "coverImage=https://example.com/cover.jpg",
        "-F", 'tags=["male","young","energetic"]',
    )  # fmt: skip
    assert_cloned(body, live, "My Voice Clone", ["male", "young", "energetic"])
    assert body["voice"]["description"] == "A custom voice description"
    assert body["voice"]["coverImage"] == "https://example.com/cover.jpg"


def test_curl_clones_from_a_pipe_of_unknown_length(live: Live, bearer, recording: Path) -> None:
    with recording.open("rb") as piped:
        done = subprocess.run(
            ["curl", "-sS", "-X", "POST", f"{live.url}/api/v1/voice-clone", *bearer,
             "-H", "Transfer-Encoding: chunked", "-F", "voice=@-;filename=voice.mp3"],
            stdin=piped, capture_output=True, text=True, check=True,
        )  # fmt: skip
    assert_cloned(json.loads(done.stdout), live, None, [])


def test_curl_lists_the_voices(live: Live, bearer, voice: str) -> None:
    body = curl("-X", "GET", f"{live.url}/api/v1/voices?page=1&limit=20&status=COMPLETED", *bearer)
    assert voice in [entry["id"] for entry in body["voices"]]


def test_curl_generates_a_speech(live: Live, bearer, voice: str) -> None:
    wanted = {"text": TEXT, "voiceId": voice, "format": "mp3"}
    body = curl(
        "-X", "POST", f"{live.url}/api/v1/tts", *bearer,
        "-H", "Content-Type: application/json",
        "-d", "\n" + json.dumps(wanted, indent=0),
    )  # fmt: skip
    assert body["creditsUsed"] == 29
    assert live.ended_speech(body["speechId"])["status"] == "COMPLETED"


def test_curl_asks_how_a_speech_stands(live: Live, bearer, speech: str) -> None:
    body = curl("-X", "GET", f"{live.url}/api/v1/tts/{speech}", *bearer)
    assert body["speech"]["audioUrl"]


@pytest.mark.parametrize("path", ["/api/v1/credits", "/api/user/credits"])
def test_curl_asks_for_the_balance(live: Live, bearer, path: str) -> None:
    body = curl("-X", "GET", f"{live.url}{path}", *bearer)
    assert body["credits"] > 0


# ------------------------------------------------------------------ JavaScript, with fetch

FLOWS = r"""
import { openAsBlob } from "node:fs";
const [base, key, recording, out] = process.argv.slice(2);
const signed = { Authorization: `Bearer ${key}` };
const ask = async (path, options = {}) =>
  fetch(base + path, { ...options, headers: { ...signed, ...options.headers } });
const post = (path, body) => ask(path, {
  method: "POST", body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
const said = {};

// The balance first, then a clone.
said.before = (await (await ask("/api/user/credits")).json()).credits;
const form = new FormData();
form.append("voice", await openAsBlob(recording));
form.append("title", "My Voice Clone");
form.append("tags", JSON.stringify(["male", "energetic"]));
said.clone = await (await ask("/api/v1/voice-clone", { method: "POST", body: form })).json();

// What a text will cost, and what it did.
const text = "Größe, 語, 🎈.";
said.expected = new TextEncoder().encode(text).length;
const created = await (await post("/api/v1/tts", { text, voiceId: said.clone.voiceId })).json();
said.charged = created.creditsUsed;

// Polling until it is done.
for (let attempt = 0; attempt < 60; attempt++) {
  said.speech = (await (await ask(`/api/v1/tts/${created.speechId}`)).json()).speech;
  if (said.speech.status !== "PROCESSING") break;
  await new Promise((resolve) => setTimeout(resolve, 250));
}

// How long to wait, as read from the headers.
const reply = await ask("/api/v1/voices?page=1&limit=20&sortBy=createdAt&sortOrder=desc");
said.reset = parseInt(reply.headers.get("X-RateLimit-Reset")) * 1000 - Date.now();
said.voices = (await reply.json()).voices.length;
said.after = (await (await ask("/api/v1/credits")).json()).credits;

// An error, as told apart by its code.
const refused = await post("/api/v1/tts", { text: "a".repeat(5001), voiceId: "clxxxx" });
said.refused = [refused.ok, (await refused.json()).code];
console.log(JSON.stringify(said));
"""


UPLOAD = r"""
import fs from "node:fs";
import axios from "axios";
import FormData from "form-data";
const form = new FormData();
form.append("voice", fs.createReadStream("voice.mp3"));
form.append("title", "My Voice Clone");
form.append("description", "A custom voice");
form.append("tags", JSON.stringify(["male", "energetic"]));
const headers = { Authorization: "Bearer KEY", ...form.getHeaders() };
const response = await axios.post("BASE/api/v1/voice-clone", form, { headers });
console.log(JSON.stringify(response.data));
"""


def test_javascript_uploads_a_stream_with_axios(
    live: Live, recording: Path, tmp_path: Path
) -> None:
    shutil.copy(recording, tmp_path / "voice.mp3")
    source = UPLOAD.replace("KEY", live.key).replace("BASE", live.url)
    said = run_program("javascript", source, tmp_path, package="axios")
    assert_cloned(json.loads(said), live, "My Voice Clone", ["male", "energetic"])


@pytest.mark.skipif(shutil.which("node") is None, reason="there is no node to run JavaScript with")
def test_javascript_goes_the_recommended_ways(live: Live, recording: Path, tmp_path: Path) -> None:
    script = tmp_path / "flows.mjs"
    script.write_text(FLOWS)
    done = subprocess.run(
        ["node", str(script), live.url, live.key, str(recording)],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["clone"]["success"] is True
    assert said["clone"]["voice"]["tags"] == ["male", "energetic"]
    assert said["charged"] == said["expected"] == 19
    assert said["speech"]["status"] == "COMPLETED"
    assert said["after"] == said["before"] - 1000 - 19
    assert said["voices"] >= 1
    assert -2000 < said["reset"] <= 60_000
    assert said["refused"] == [False, "INVALID_PARAMETERS"]
