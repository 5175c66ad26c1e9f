"""What the endpoint's documentation shows in Python, written anew with requests."""

import base64
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

import requests

URL = f"{os.environ['BASE']}/{os.environ['ENDPOINT']}"
HEADERS = {"Authorization": f"Bearer {os.environ['KEY']}", "Content-Type": "application/json"}


def call(**given: Any) -> dict[str, Any]:
    """Submit an input, poll until it has ended, and return the output."""
    reply = requests.post(f"{URL}/run", json={"input": given}, headers=HEADERS, timeout=30)
    job_id = reply.json()["id"]
    while True:
        result = requests.get(f"{URL}/status/{job_id}", headers=HEADERS, timeout=30).json()
        if result["status"] == "COMPLETED":
            output: dict[str, Any] = result["output"]
            return output
        if result["status"] == "FAILED":
            raise RuntimeError(f"Job failed: {result.get('error')}")
        time.sleep(0.2)


def call_tts_api(text: str, voice_name: str = "Amy", **more: Any) -> dict[str, Any]:
    return call(
        operation="tts",
        **{
            "mode": "streaming_voice_cloning",
            "text": text,
            "voice_name": voice_name,
            "chunk_size": 25,
            "exaggeration": 0.7,
            **more,
        },
    )


def encoded(file: str) -> str:
    return base64.b64encode(Path(file).read_bytes()).decode("utf-8")


def saved(audio: str, file: str) -> str:
    Path(file).write_bytes(base64.b64decode(audio))
    assert Path(file).read_bytes().startswith(b"RIFF")
    return file


def clone_new_voice(file: str, voice_name: str) -> dict[str, Any]:
    output = call(
        operation="voice_cloning",
        reference_audio=encoded(file),
        voice_name=voice_name,
        voice_description=f"Custom cloned voice: {voice_name}",
        save_to_library=True,
    )
    assert output["saved_to_library"]
    saved(output["sample_audio"], f"sample_{voice_name}.wav")
    return output


def convert_voice(file: str, target: str) -> dict[str, Any]:
    output = call(
        operation="voice_conversion", input_audio=encoded(file), voice_name=target,
        no_watermark=True,
    )  # fmt: skip
    saved(output["audio"], f"converted_to_{target}.wav")
    print(f"converted: {output.get('duration', 'N/A')} s at {output['sample_rate']} Hz")
    return output


def transfer_to_voice_embedding(file: str, target: str) -> dict[str, Any]:
    output = call(
        operation="voice_transfer", transfer_mode="embedding", input_audio=encoded(file),
        voice_name=target, no_watermark=True,
    )  # fmt: skip
    saved(output["audio"], f"transferred_to_{target}.wav")
    assert output["transfer_info"]["transfer_mode"] == "embedding"
    assert output["transfer_info"]["target_voice"] == target
    return output


def transfer_audio_to_audio(file: str, target: str) -> dict[str, Any]:
    return call(
        operation="voice_transfer", transfer_mode="audio", input_audio=encoded(file),
        target_audio=encoded(target), no_watermark=True,
    )  # fmt: skip


def robust_tts_call(text: str, voice_name: str, max_retries: int = 3) -> dict[str, Any]:
    for attempt in range(max_retries):
        try:
            return call_tts_api(text, voice_name)
        except RuntimeError:
            if attempt == max_retries - 1:
                raise
    raise AssertionError


def process_multiple_texts(texts: list[str], voice_name: str) -> list[dict[str, Any]]:
    return [call_tts_api(text, voice_name) for text in texts]


def cached_tts_call(text: str, voice_name: str) -> str:
    key = hashlib.md5(f"{text}_{voice_name}".encode(), usedforsecurity=False).hexdigest()
    file = f"{key}.wav"
    return file if Path(file).exists() else saved(call_tts_api(text, voice_name)["audio"], file)


def main() -> None:
    recording = sys.argv[1]
    output = call_tts_api("Hello, this is a test!", "Catherine")
    print(f"Audio generated: {output['sample_rate']}Hz, {output.get('duration', 'N/A')}s")
    saved(output["audio"], "output.wav")
    assert call_tts_api("Hello world", mode="basic")["mode"] == "basic"
    assert call_tts_api("Hello world", mode="streaming")["mode"] == "streaming"
    for quick in (
        {"mode": "streaming", "chunk_size": 15, "exaggeration": 0.3, "cfg_weight": 0.2},
        {"mode": "streaming_voice_cloning", "chunk_size": 50, "cfg_weight": 0.5},
    ):
        call_tts_api("By use case.", **quick)
    voices = call(operation="list_local_voices")["local_voices"]
    assert len(voices) >= 37
    clone_new_voice(recording, "MyPersonalVoice")
    call_tts_api("Hello! This is my custom cloned voice speaking.", "MyPersonalVoice")
    convert_voice("output.wav", "Benjamin")
    transfer_to_voice_embedding("output.wav", "Amy")
    transfer_audio_to_audio("output.wav", recording)
    assert len(process_multiple_texts(["One.", "Two."], "Adrian")) == 2
    assert cached_tts_call("Hi", "Amy") == cached_tts_call("Hi", "Amy")
    try:
        robust_tts_call("Hi", "InvalidName", max_retries=2)
    except RuntimeError as error:
        assert "Voice 'InvalidName' not found in any library" in str(error)
    print("well")


main()
