from django.apps import AppConfig


class VoicecloneConfig(AppConfig):
    """The project itself: what people and programs see over HTTP."""

    name = "voiceclone"

    def ready(self) -> None:
        """Have the API docs know our authentication, and webhooks read as the native API does."""
        from speech.webhooks.forms import NATIVE, register_form  # noqa: PLC0415 - loaded models
        from voiceclone import checks  # noqa: F401, PLC0415 - registers itself
        from voiceclone.api import schema  # noqa: F401, PLC0415 - registers itself
        from voiceclone.api.chatterbox import responses as chatterbox  # noqa: PLC0415
        from voiceclone.api.native.webhooks.form import native_form  # noqa: PLC0415
        from voiceclone.api.runpod.webhooks import runpod_form  # noqa: PLC0415

        register_form(NATIVE, native_form)
        register_form("runpod", runpod_form)
        register_form(chatterbox.DIALECT, chatterbox.webhook)
