from django.apps import AppConfig


class VoicecloneConfig(AppConfig):
    """The project itself: what people and programs see over HTTP."""

    name = "voiceclone"

    def ready(self) -> None:
        """Have the API docs know our authentication."""
        from voiceclone.api import schema  # noqa: F401, PLC0415 - registers itself
