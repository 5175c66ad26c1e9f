// What the endpoint's documentation shows in JavaScript, written anew.
import { readFileSync, writeFileSync } from "node:fs";

const { BASE, ENDPOINT, KEY, PACKAGES } = process.env;
const headers = { Authorization: `Bearer ${KEY}`, "Content-Type": "application/json" };
const axios = (await import(`${PACKAGES}/node_modules/axios/index.js`)).default;

async function generateSpeech(text, voiceName = "Amy") {
  const url = `${BASE}/${ENDPOINT}`;
  const input = {
    operation: "tts",
    mode: "streaming_voice_cloning",
    text,
    voice_name: voiceName,
    chunk_size: 25,
    exaggeration: 0.7,
  };
  const submitted = await axios.post(`${url}/run`, { input }, { headers });
  while (true) {
    const { data } = await axios.get(`${url}/status/${submitted.data.id}`, { headers });
    if (data.status === "COMPLETED") {
      writeFileSync("output.wav", Buffer.from(data.output.audio, "base64"));
      return data.output;
    }
    if (data.status === "FAILED") throw new Error(`Job failed: ${data.error}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const output = await generateSpeech("Hello, this is a test!", "Benjamin");
if (output.sample_rate !== 24000) throw new Error("not 24 kHz");
if (readFileSync("output.wav").toString("latin1", 0, 4) !== "RIFF") throw new Error("no WAV");
await generateSpeech("Hi", "InvalidName").then(
  () => {
    throw new Error("an unknown voice spoke");
  },
  (error) => {
    if (!error.message.includes("Voice 'InvalidName' not found in any library")) throw error;
  },
);
console.log("well");
