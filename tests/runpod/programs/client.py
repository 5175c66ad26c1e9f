"""RunPod's own Python client: everything that its Endpoint and Job can do."""

import base64
import os

import requests
import runpod

runpod.endpoint_url_base = os.environ["BASE"]
runpod.api_key = os.environ["KEY"]
endpoint = runpod.Endpoint(os.environ["ENDPOINT"])

# run, status, output
job = endpoint.run({"operation": "tts", "text": "Hello from the client.", "voice_name": "Amy"})
output = job.output(timeout=30)
assert base64.b64decode(output["audio"]).startswith(b"RIFF"), output
assert job.status() == "COMPLETED"
assert output["parameters"]["voice_id"] == "a563a2ba"

# run_sync, with and without the word "input"
said = endpoint.run_sync({"input": {"operation": "list_local_voices"}}, timeout=30)
assert said["stats"]["gender_distribution"] == {"male": 21, "female": 16}
assert endpoint.run_sync({"operation": "tts", "text": "At once."})["text"] == "At once."

# stream
text = "One sentence comes after another. " * 20
job = endpoint.run({"operation": "tts", "mode": "streaming", "text": text, "chunk_size": 5})
chunks = list(job.stream())
assert len(chunks) > 5, len(chunks)
assert [chunk["chunk"] for chunk in chunks] == list(range(1, len(chunks) + 1))
samples = b"".join(base64.b64decode(chunk["audio"])[44:] for chunk in chunks)
assert base64.b64decode(job.output()["audio"])[44:] == samples

# a job that fails
job = endpoint.run({"operation": "tts", "text": "Hi", "voice_name": "InvalidName"})
assert job.status() == "FAILED"
assert job.output() is None
assert list(job.stream()) == []

# cancel, purge, health
long = {"operation": "tts", "text": "A long story. " * 150}
jobs = [endpoint.run(long) for _ in range(16)]
assert jobs[-1].cancel() == {"id": jobs[-1].job_id, "status": "CANCELLED"}
assert jobs[-1].status() == "CANCELLED"
try:
    list(jobs[-1].stream())  # which would otherwise never end
except requests.HTTPError as error:
    assert error.response.status_code == 404
else:
    raise AssertionError("a cancelled job was streamed")
purged = endpoint.purge_queue()
assert purged["status"] == "completed"
assert purged["removed"] >= 1, purged
health = endpoint.health()
assert health["jobs"]["inQueue"] == 0, health
assert health["jobs"]["completed"] >= 4
assert health["workers"]["ready"] > 0
for job in jobs[:-1]:
    job.output(timeout=60)

# a wrong key
try:
    runpod.Endpoint(os.environ["ENDPOINT"], api_key="wrong").health()
except RuntimeError as error:
    assert "401" in str(error)
else:
    raise AssertionError("a wrong key was taken")
print("well")
