from typing import Any

from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request

from accounts.models import ApiKey, Workspace
from voiceclone.api.credentials import api_key_of


class ApiKeyAuthentication(BaseAuthentication):
    """DRF's view of our keys: ``request.auth`` is the key; there is no user."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key, or None where there is no live one."""
        key = api_key_of(request._request)  # noqa: SLF001 - DRF wraps it so
        return None if key is None else (None, key)

    def authenticate_header(self, _request: Request) -> str:
        """Have DRF answer 401 rather than 403."""
        return "Bearer"


def key_of(request: Request) -> ApiKey:
    """Return the key that a permission has already checked."""
    key: Any = request.auth
    assert isinstance(key, ApiKey)
    return key


def workspace_of(request: Request) -> Workspace:
    """Return the tenant that asks."""
    return key_of(request).workspace


def actor_of(request: Request) -> str:
    """Return who the ledger says it was."""
    return f"key:{key_of(request).pk}"
