"""OpenAI's own Python client against the live service: only address and key differ."""

import asyncio
import base64
import json
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import httpx
import openai
import pytest

from inference.audio.decode import probe
from tests.faults.installation import wait_for
from tests.venice.live import LiveService

pytestmark = pytest.mark.xdist_group("live-venice")

TEXT = "Hello from the other side of an API."


@pytest.fixture(scope="module")
def client(live: LiveService) -> openai.OpenAI:
    return live.client()


def counting(live: LiveService, **options: object) -> tuple[openai.OpenAI, list[httpx.Request]]:
    """Return a client, and the list of requests that it sends."""
    sent: list[httpx.Request] = []
    http = httpx.Client(event_hooks={"request": [sent.append]})
    return live.client(http_client=http, **options), sent


def seconds(audio: bytes) -> float:
    return probe(BytesIO(audio)).duration


@pytest.mark.parametrize("base", ["/v1", "/api/v1"])
def test_speech_is_created_and_written_to_a_file(
    live: LiveService, tmp_path: Path, base: str
) -> None:
    client = live.client(base_url=live.url + base)
    spoken = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    path = tmp_path / "speech.mp3"
    spoken.write_to_file(path)
    assert spoken.response.headers["Content-Type"] == "audio/mpeg"
    assert seconds(path.read_bytes()) > 1


@pytest.mark.parametrize("form", ["mp3", "opus", "aac", "flac", "wav", "pcm"])
def test_every_format_of_the_client_is_spoken(client: openai.OpenAI, form) -> None:
    audio = client.audio.speech.create(
        model="gpt-4o-mini-tts", voice="cedar", input=TEXT, response_format=form, speed=1.5,
        instructions="Speak in a cheerful and positive tone.",
    ).content  # fmt: skip
    length = len(audio) / 48_000 if form == "pcm" else seconds(audio)
    assert 0.8 < length < 4


def test_a_voice_of_one_s_own_is_given_as_a_string_or_as_an_object(
    live: LiveService, client: openai.OpenAI
) -> None:
    handle = live.handle()
    for voice in (handle, {"id": handle}):
        reply = client.audio.speech.with_raw_response.create(
            model="tts-chatterbox-hd", voice=voice, input=TEXT
        )
        assert len(reply.content) > 1000
        assert reply.headers["x-credits-used"] == str(len(TEXT))


def test_a_streamed_response_is_read_while_it_is_made(
    live: LiveService, client: openai.OpenAI, tmp_path: Path
) -> None:
    gate = live.gate()
    path = tmp_path / "speech.pcm"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="coral", input=f"{TEXT} {gate} And more.",
        response_format="pcm",
    ) as reply:  # fmt: skip
        blocks = reply.iter_bytes()
        first = next(blocks)
        assert live.place.state(reply.headers["x-speech-id"]) == "RUNNING"
        gate.open()
        path.write_bytes(first + b"".join(blocks))
    assert path.stat().st_size > len(first) > 1000


def test_a_streamed_response_goes_to_a_file(client: openai.OpenAI, tmp_path: Path) -> None:
    path = tmp_path / "speech.mp3"
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="coral", input=TEXT
    ) as reply:
        reply.stream_to_file(path)
    assert seconds(path.read_bytes()) > 1


def test_events_are_read_line_by_line(client: openai.OpenAI) -> None:
    with client.audio.speech.with_streaming_response.create(
        model="gpt-4o-mini-tts", voice="verse", input=TEXT, stream_format="sse"
    ) as reply:
        assert reply.headers["Content-Type"].startswith("text/event-stream")
        lines = [line for line in reply.iter_lines() if line]
    *deltas, done = [json.loads(line.removeprefix("data: ")) for line in lines]
    assert seconds(b"".join(base64.b64decode(delta["audio"]) for delta in deltas)) > 1
    assert done["usage"]["total_tokens"] == len(TEXT)


def test_events_that_fail_raise_the_client_s_error_with_our_message(
    live: LiveService, client: openai.OpenAI
) -> None:
    gate = live.gate()
    events = client.post(
        "/audio/speech",
        body={"input": f"{TEXT} {gate} {{raise}}", "voice": "verse", "stream_format": "sse"},
        cast_to=object,
        stream=True,
        stream_cls=openai.Stream[object],
    )
    found = iter(events)
    next(found)
    gate.open()
    with pytest.raises(openai.APIError, match="the engine was told to fail") as failed:
        list(found)
    assert failed.value.code == "engine_failed"


def test_models_are_listed_and_retrieved(client: openai.OpenAI) -> None:
    models = list(client.models.list())
    assert {"tts-chatterbox-hd", "tts-1", "tts-1-hd"} <= {model.id for model in models}
    assert all(model.object == "model" and model.owned_by and model.created for model in models)
    assert client.models.retrieve("tts-1").id == "tts-1"
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("gpt-9")
    assert refused.value.code == "model_not_found"


def test_a_wrong_key_is_an_authentication_error(live: LiveService) -> None:
    client = live.client(api_key="vc_wrong")
    with pytest.raises(openai.AuthenticationError) as refused:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert refused.value.code == "invalid_api_key"
    assert "API key" in refused.value.message


def test_a_wrong_parameter_is_a_bad_request_that_says_which_and_why(
    client: openai.OpenAI,
) -> None:
    with pytest.raises(openai.BadRequestError) as refused:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT, speed=9)
    error = refused.value
    assert (error.code, error.param) == ("decimal_above_max_value", "speed")
    assert error.type == "invalid_request_error"
    assert isinstance(error.body, dict)
    assert error.body["message"].startswith("Invalid 'speed'")
    assert error.body["message"] in error.message
    assert error.request_id


def test_an_empty_balance_is_told_at_once_and_not_tried_again(live: LiveService) -> None:
    client, sent = counting(live, api_key=live.key_of_another(balance=5))
    with pytest.raises(openai.APIStatusError) as refused:
        client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT)
    assert refused.value.status_code == 402
    assert refused.value.code == "insufficient_quota"
    assert len(sent) == 1


def test_a_job_that_fails_is_not_tried_again(live: LiveService) -> None:
    client, sent = counting(live)
    with pytest.raises(openai.InternalServerError) as refused:
        client.audio.speech.create(model="tts-1", voice="alloy", input="{raise}")
    assert refused.value.code == "engine_failed"
    assert len(sent) == 1


def test_a_stream_that_breaks_off_is_explained_to_the_client_s_retry_and_not_made_anew(
    live: LiveService,
) -> None:
    gate = live.gate()
    text = f"{TEXT} {gate} {{raise}}"
    client, sent = counting(live)
    with ThreadPoolExecutor() as threads:
        asked = threads.submit(client.audio.speech.create, model="tts-1", voice="alloy", input=text)
        job = live.place.started(text)
        wait_for(lambda: live.place.delivered(job), seconds=20, what="audio on its way")
        gate.open()
        with pytest.raises(openai.InternalServerError, match="the engine was told to fail"):
            asked.result(60)
    assert len(sent) == 2
    assert live.place.count(text) == 1
    assert live.place.paid(job) <= len(TEXT) + 1


def test_a_rate_limit_says_how_long_to_wait(live: LiveService) -> None:
    client, sent = counting(live, api_key=live.key_of_another(polls=1), max_retries=0)
    client.models.list()
    with pytest.raises(openai.RateLimitError) as refused:
        client.models.list()
    assert refused.value.code == "rate_limit_exceeded"
    assert 1 <= int(refused.value.response.headers["Retry-After"]) <= 60
    assert len(sent) == 2


def test_the_client_s_retry_after_a_lost_answer_is_the_same_speech(live: LiveService) -> None:
    before = live.ada.credits()
    sent: list[httpx.Request] = []

    def lose_first(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        reply = transport.handle_request(request)
        if len(sent) == 1:
            reply.read()
            raise httpx.ReadError("the line went dead", request=request)
        return reply

    transport = httpx.HTTPTransport()
    client = live.client(http_client=httpx.Client(transport=httpx.MockTransport(lose_first)))
    audio = client.audio.speech.create(model="tts-1", voice="alloy", input=TEXT).content
    assert seconds(audio) > 1
    assert [request.headers["x-stainless-retry-count"] for request in sent] == ["0", "1"]
    assert live.ada.credits() == before - len(TEXT)


def test_the_asynchronous_client_speaks_too(live: LiveService) -> None:
    async def speak(client: openai.AsyncOpenAI, number: int) -> bytes:
        spoken = await client.audio.speech.create(
            model="tts-1", voice="nova", input=f"Sentence number {number}.", response_format="wav"
        )
        return await spoken.aread()

    async def several() -> list[bytes]:
        async with openai.AsyncOpenAI(api_key=live.key, base_url=f"{live.url}/v1") as client:
            audios = await asyncio.gather(*(speak(client, number) for number in range(4)))
            async with client.audio.speech.with_streaming_response.create(
                model="tts-1", voice="nova", input=TEXT
            ) as reply:
                return [*audios, b"".join([block async for block in reply.iter_bytes()])]

    audios = asyncio.run(several())
    assert len({audio[:2000] for audio in audios}) >= 2
    assert all(len(audio) > 1000 for audio in audios)
