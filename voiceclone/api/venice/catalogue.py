"""The models that can be asked for. All of them mean the engine that is installed.

The reply to a request says which engine and model spoke.
"""

from dataclasses import dataclass, replace

from django.conf import settings


@dataclass(frozen=True, slots=True)
class CataloguedModel:
    """A model by an id that clients know, and whether handles can be made for it.

    ``means`` is the id that handles are made for and bound to; an alias means another model.
    """

    id: str
    clones: bool = False
    alias_of: str = ""

    @property
    def means(self) -> str:
        """The model's own id, or that of the one it is an alias of."""
        return self.alias_of or self.id


MODELS = (
    CataloguedModel("tts-chatterbox-hd", clones=True),
    CataloguedModel("gpt-4o-mini-tts"),
    CataloguedModel("gpt-4o-mini-tts-2025-03-20"),
    CataloguedModel("gpt-4o-mini-tts-2025-12-15"),
    CataloguedModel("tts-1"),
    CataloguedModel("tts-1-1106"),
    CataloguedModel("tts-1-hd"),
    CataloguedModel("tts-1-hd-1106"),
    CataloguedModel("tts-kokoro"),
    CataloguedModel("kokoro"),
)
CLONING_MODELS = tuple(model.id for model in MODELS if model.clones)

TYPE = "tts"
"""What kind of model all of them are."""

TYPES = (TYPE, "all", "asr", "code", "embedding", "image", "inpaint", "text", "upscale", "video")
"""Kinds that clients may ask for."""


def known_models() -> tuple[CataloguedModel, ...]:
    """Return all models that can be asked for: ours, and the operator's aliases of them."""
    ours = {model.id: model for model in MODELS}
    aliases = (
        replace(ours[target], id=alias, alias_of=target)
        for alias, target in settings.MODEL_ALIASES.items()
        if target in ours and alias not in ours  # what else there is, a check refuses at the start
    )
    return (*MODELS, *aliases)


def model_called(model_id: str) -> CataloguedModel | None:
    """Return the model of that id, whatever its case, or None."""
    return next((model for model in known_models() if model.id == model_id.lower()), None)


def models_of_type(kind: str) -> tuple[CataloguedModel, ...]:
    """Return the models of a kind: there are none but for speech."""
    return known_models() if kind in (TYPE, "all") else ()
