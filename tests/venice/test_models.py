"""GET /models: what can be asked for, in the shape of OpenAI's list and with Venice's spec."""

from typing import Any

import pytest

from tests.support.callers import Caller
from tests.venice.asking import CLONING, PREFIXES, assert_error

CLONING_SPEC = {
    "mode": "zero_shot",
    "accepted_formats": ["mp3", "wav", "flac", "m4a"],
    "min_sample_seconds": 5,
    "retention_days": 7,
}


def listed(caller: Caller, path: str = "/v1/models") -> list[dict[str, Any]]:
    reply = caller.get(path)
    assert reply.status_code == 200
    body = reply.json()
    assert body["object"] == "list"
    found: list[dict[str, Any]] = body["data"]
    return found


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("query", ["", "?type=tts", "?type=all", "?unknown=1"])
def test_the_list_has_our_model_and_openai_s_names_for_it(
    ada: Caller, prefix: str, query: str
) -> None:
    models = listed(ada, f"{prefix}/models{query}")
    assert models[0]["id"] == CLONING
    assert {"tts-1", "tts-1-hd", "gpt-4o-mini-tts", "kokoro", "tts-kokoro"} <= {
        model["id"] for model in models
    }
    for model in models:
        assert model["object"] == "model"
        assert model["type"] == "tts"
        assert model["owned_by"]
        assert isinstance(model["created"], int)
        assert model["model_spec"]["engine"] == "espeak"
        assert len(model["model_spec"]["voices"]) == 37
        assert "Aaron" in model["model_spec"]["voices"]


def test_the_model_that_clones_says_so_as_documented_and_no_other_does(ada: Caller) -> None:
    specs = {model["id"]: model["model_spec"] for model in listed(ada)}
    assert specs.pop(CLONING)["voice_cloning"] == CLONING_SPEC
    assert all("voice_cloning" not in spec for spec in specs.values())


def test_the_days_of_a_handle_are_those_of_the_setting(ada: Caller, settings: Any) -> None:
    settings.RETENTION_HANDLE_DAYS = 3
    assert listed(ada)[0]["model_spec"]["voice_cloning"]["retention_days"] == 3


def test_there_are_no_models_of_other_types_and_a_type_that_is_none_is_refused(
    ada: Caller,
) -> None:
    assert listed(ada, "/v1/models?type=image") == []
    for odd in ("speech", "TTS", ""):
        reply = ada.get(f"/v1/models?type={odd}")
        assert_error(reply, 400, "invalid_value", param="type")


@pytest.mark.parametrize("prefix", PREFIXES)
def test_one_model_is_shown_as_in_the_list(ada: Caller, prefix: str) -> None:
    for model in listed(ada):
        assert ada.get(f"{prefix}/models/{model['id']}").json() == model
    for odd in ("gpt-9", "%00", "tts-1%2Fx", "é"):
        reply = ada.get(f"{prefix}/models/{odd}")
        assert reply.status_code == 404
        assert set(reply.json()["error"]) == {"message", "type", "param", "code"}
