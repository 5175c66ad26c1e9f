from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People, the workspaces they belong to, and the keys their programs use."""

    name = "accounts"
