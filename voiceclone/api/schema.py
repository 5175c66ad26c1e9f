"""How the OpenAPI document speaks of our keys."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Every API route takes a key as a bearer token or in ``x-api-key``."""

    target_class = "voiceclone.api.authentication.ApiKeyAuthentication"
    name = ["bearer", "apiKeyHeader"]

    def get_security_requirement(self, _auto_schema: Any) -> list[dict[str, list[str]]]:
        """Return that either way does; in one dict they would be wanted together."""
        return [{name: []} for name in self.name]

    def get_security_definition(self, _auto_schema: Any) -> list[dict[str, Any]]:
        """Return both ways to send a key."""
        return [
            {"type": "http", "scheme": "bearer", "description": "A key that begins with vc_"},
            {"type": "apiKey", "in": "header", "name": "x-api-key"},
        ]
