// RunPod's own JavaScript client: everything that its Endpoint can do.
import assert from "node:assert/strict";

const { BASE, ENDPOINT, KEY, PACKAGES } = process.env;
const sdk = (await import(`${PACKAGES}/node_modules/runpod-sdk/dist/src/index.js`)).default;
const endpoint = sdk(KEY, { baseUrl: BASE }).endpoint(ENDPOINT);
const tts = (text, more = {}) => ({ input: { operation: "tts", text, ...more } });
const samples = (audio) => Buffer.from(audio, "base64").subarray(44);

const spoken = await endpoint.runSync(tts("Hello from the SDK.", { voice_name: "Amy" }));
assert.equal(spoken.status, "COMPLETED");
assert.equal(spoken.succeeded, true);
assert.equal(spoken.output.parameters.voice_id, "a563a2ba");

const { id, status } = await endpoint.run(tts("And once more."));
assert.equal(status, "IN_QUEUE");
assert.equal((await endpoint.statusSync(id)).status, "COMPLETED");
const shown = await endpoint.status(id);
assert.equal(shown.completed, true);

const text = "One sentence comes after another. ".repeat(20);
const streamed = await endpoint.run(tts(text, { mode: "streaming", chunk_size: 5 }));
const chunks = [];
for await (const chunk of endpoint.stream(streamed.id)) chunks.push(chunk.output);
assert.ok(chunks.length > 5);
const whole = (await endpoint.status(streamed.id)).output.audio;
assert.deepEqual(Buffer.concat(chunks.map((chunk) => samples(chunk.audio))), samples(whole));

const failed = await endpoint.runSync({ input: { operation: "invalid_op" } });
assert.equal(failed.status, "FAILED");
assert.equal(failed.error, "Unknown operation: invalid_op");

const jobs = [];
for (let count = 0; count < 6; count++) jobs.push(await endpoint.run(tts("A long story. ".repeat(300))));
assert.equal((await endpoint.cancel(jobs.at(-1).id)).status, "CANCELLED");
assert.equal((await endpoint.purgeQueue()).status, "completed");
const health = await endpoint.health();
assert.equal(health.jobs.inQueue, 0);
assert.ok(health.workers.ready > 0);
console.log("well");
