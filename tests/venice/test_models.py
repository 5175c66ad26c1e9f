"""GET /models: what can be asked for, in the shape of OpenAI's list and with Venice's spec."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from tests.support.callers import Caller
from tests.support.waiting import jobs_done_while_waiting
from tests.venice.asking import CLONING, PREFIXES, assert_error, speak, spoken, upload
from voiceclone import env
from voiceclone.checks import check_model_aliases

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


def test_the_operator_s_models_are_listed(ada: Caller, settings: Any) -> None:
    settings.MODEL_ALIASES = {"speech-02": "tts-1", "cloner": CLONING}
    models = {model["id"]: model["model_spec"] for model in listed(ada)}
    assert "voice_cloning" not in models["speech-02"]
    assert models["cloner"]["voice_cloning"] == CLONING_SPEC
    assert models["cloner"]["engine"] == "espeak"
    assert ada.get("/v1/models/speech-02").json()["id"] == "speech-02"


def test_a_handle_is_made_for_the_model_that_an_alias_means(ada: Caller, settings: Any) -> None:
    settings.MODEL_ALIASES = {"cloner": CLONING}
    reply = upload(ada, model="cloner")
    assert reply.json()["model"] == CLONING
    with jobs_done_while_waiting():
        for model in ("cloner", CLONING, None):
            assert spoken(speak(ada, voice=reply.json()["id"], model=model))


def test_an_alias_of_no_model_or_of_a_known_name_is_refused_at_the_start(settings: Any) -> None:
    settings.MODEL_ALIASES = {"mine": "tts-9", "tts-1": "kokoro", "speech-02": "tts-1"}
    assert [fault.msg for fault in check_model_aliases()] == [
        "VOICECLONE_MODEL_ALIASES: there is no model 'tts-9' for 'mine'",
        "VOICECLONE_MODEL_ALIASES: 'tts-1' is a model already",
    ]


def test_the_operator_names_aliases_in_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICECLONE_VOICE_ALIASES", "Narrator = Amy, af_sky=vv_1")
    assert env.pairs("VOICECLONE_VOICE_ALIASES") == {"narrator": "Amy", "af_sky": "vv_1"}
    for wrong in ("narrator", "narrator=", "=Amy"):
        monkeypatch.setenv("VOICECLONE_VOICE_ALIASES", wrong)
        with pytest.raises(ImproperlyConfigured, match="VOICECLONE_VOICE_ALIASES"):
            env.pairs("VOICECLONE_VOICE_ALIASES")
