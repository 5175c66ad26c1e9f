from django.apps import AppConfig


class InferenceConfig(AppConfig):
    """Jobs and the engines that do them."""

    name = "inference"

    def ready(self) -> None:
        """Set up the broker, then declare the actor to it."""
        from inference.broker import set_up_broker  # noqa: PLC0415 - needs loaded settings

        set_up_broker()
        from inference import checks  # noqa: F401, PLC0415 - registers itself
        from inference.jobs import actor, notices  # noqa: F401, PLC0415 - after the broker
