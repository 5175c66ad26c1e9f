"""A customer's program with OpenAI's client, which knows nothing of this service but its address.

It says each step as a line of JSON, and reads on where a line of its input lets it.
"""

import json
import sys

import openai

base_url, api_key, streamed, failing = sys.argv[1:]
client = openai.OpenAI(base_url=base_url, api_key=api_key)


def say(**said: object) -> None:
    print(json.dumps(said), flush=True)


say(version=openai.__version__)

with client.audio.speech.with_streaming_response.create(
    model="gpt-4o-mini-tts", voice="coral", input=streamed
) as reply:
    blocks = reply.iter_bytes()
    first = next(blocks)
    say(first=len(first), speech=reply.headers["x-speech-id"])
    sys.stdin.readline()
    rest = sum(map(len, blocks))
say(rest=rest)

whole = client.audio.speech.create(model="kokoro", voice="af_sky", input="Hi.")
say(whole=len(whole.read()))

events = client.post(
    "/audio/speech",
    body={"model": "tts-1", "voice": "nova", "input": failing, "stream_format": "sse"},
    cast_to=object,
    stream=True,
    stream_cls=openai.Stream[object],
)
found = iter(events)
next(found)
say(event=True)
sys.stdin.readline()
try:
    list(found)
except openai.APIError as error:
    say(error=error.message, code=error.code)

say(models=[model.id for model in client.models.list()])
try:
    client.audio.speech.create(model="tts-1", voice="alloy", input="Hi.", speed=9)
except openai.BadRequestError as error:
    say(refused=[error.code, error.param])
