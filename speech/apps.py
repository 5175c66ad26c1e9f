from django.apps import AppConfig


class SpeechConfig(AppConfig):
    """Speech: texts spoken in a voice."""

    name = "speech"

    def ready(self) -> None:
        """Declare the actors to the broker."""
        from speech import actors  # noqa: F401, PLC0415
