from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Jobs and the engines that do them."""

    name = "inference"

    def ready(self) -> None:
        """Set up the broker before any actor is declared."""
        from inference.broker import set_up_broker  # noqa: PLC0415 - needs loaded settings

        set_up_broker()
