from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, the workspaces they belong to, and the keys their programs use."""

    name = "accounts"

    def ready(self) -> None:
        """Give each person who signs up a workspace."""
        from accounts import receivers  # noqa: F401, PLC0415 - connecting needs loaded models
