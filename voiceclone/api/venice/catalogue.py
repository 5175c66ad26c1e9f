"""The models that can be asked for. All of them mean the engine that is installed.

The reply to a request says which engine and model spoke.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CataloguedModel:
    """A model by an id that clients know, and whether handles can be made for it."""

    id: str
    clones: bool = False


MODELS = (
    CataloguedModel("tts-chatterbox-hd", clones=True),
    CataloguedModel("gpt-4o-mini-tts"),
    CataloguedModel("gpt-4o-mini-tts-2025-03-20"),
    CataloguedModel("gpt-4o-mini-tts-2025-12-15"),
    CataloguedModel("tts-1"),
    CataloguedModel("tts-1-1106"),
    CataloguedModel("tts-1-hd"),
    CataloguedModel("tts-1-hd-1106"),
)
CLONING_MODELS = tuple(model.id for model in MODELS if model.clones)

TYPE = "tts"
"""What kind of model all of them are."""

TYPES = (TYPE, "all", "asr", "code", "embedding", "image", "inpaint", "text", "upscale", "video")
"""Kinds that clients may ask for."""


def model_called(model_id: str) -> CataloguedModel | None:
    """Return the model of that id, or None."""
    return next((model for model in MODELS if model.id == model_id), None)


def models_of_type(kind: str) -> tuple[CataloguedModel, ...]:
    """Return the models of a kind: there are none but for speech."""
    return MODELS if kind in (TYPE, "all") else ()
