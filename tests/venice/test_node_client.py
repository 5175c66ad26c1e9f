"""OpenAI's own client for Node against the live service."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.support.node import found, install
from tests.venice.live import LiveService

pytestmark = pytest.mark.xdist_group("live-venice")

PACKAGE = "openai@6.30.1"

PROGRAM = r"""
import fs from "node:fs";
import OpenAI from "openai";
const [baseURL, apiKey, voice] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey });
const said = {};

// The whole, into a file.
const speech = await client.audio.speech.create({
  model: "gpt-4o-mini-tts", voice: "alloy", input: "Today is a wonderful day." });
const whole = Buffer.from(await speech.arrayBuffer());
await fs.promises.writeFile("speech.mp3", whole);
said.whole = [speech.headers.get("content-type"), whole.length];

// In a cloned voice, as a stream.
const stream = await client.audio.speech.create({
  model: "tts-chatterbox-hd", voice, input: "One sentence. And another.",
  response_format: "pcm", streaming: true });
said.streamed = 0;
for await (const block of stream.body) said.streamed += block.length;

// As events.
const events = await client.audio.speech.create({
  model: "gpt-4o-mini-tts", voice: "nova", input: "Good morning.", stream_format: "sse" });
const lines = (await events.text()).split("\n\n").filter(Boolean);
said.events = lines.map((line) => JSON.parse(line.slice("data: ".length)).type);

// The models.
said.models = [];
for await (const model of client.models.list()) said.models.push(model.id);
said.model = (await client.models.retrieve("tts-1")).object;

// What goes wrong.
const refused = async (options, call) => {
  try { await call(options ? client.withOptions(options) : client); } catch (error) {
    return [error.constructor.name, error.status, error.code, error.param, error.error?.message];
  }
};
const speak = (more) => (one) => one.audio.speech.create({
  model: "tts-1", voice: "alloy", input: "Hi.", ...more });
said.wrong = await refused(null, speak({ speed: 9 }));
said.stranger = await refused({ apiKey: "vc_wrong" }, speak({}));
console.log(JSON.stringify(said));
"""


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the client is installed."""
    folder = tmp_path_factory.mktemp("node")
    install(folder, PACKAGE)
    return folder


def test_the_client_for_node_speaks_streams_lists_and_reads_errors(
    live: LiveService, package: Path
) -> None:
    (package / "program.mjs").write_text(PROGRAM)
    done = subprocess.run(
        [found("node"), "program.mjs", f"{live.url}/v1", live.key, live.handle()],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    kind, length = said["whole"]
    assert kind == "audio/mpeg"
    assert (package / "speech.mp3").stat().st_size == length > 1000
    assert said["streamed"] > 10_000
    assert said["events"][-1] == "speech.audio.done"
    assert set(said["events"][:-1]) == {"speech.audio.delta"}
    assert "tts-chatterbox-hd" in said["models"]
    assert said["model"] == "model"
    name, status, code, param, message = said["wrong"]
    assert (name, status) == ("BadRequestError", 400)
    assert (code, param) == ("decimal_above_max_value", "speed")
    assert message.startswith("Invalid 'speed'")
    assert said["stranger"][:3] == ["AuthenticationError", 401, "invalid_api_key"]
