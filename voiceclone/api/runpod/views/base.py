from typing import Any

from django.http import HttpRequest
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from voiceclone.api.parsers import JsonParser
from voiceclone.api.runpod.errors import ApiError, handle
from voiceclone.api.runpod.operations.table import ANY_SCOPE

_MAX_ENDPOINT = 100  # characters


class HasAnyScope(BasePermission):
    """A live key with one of the scopes that this dialect's operations need."""

    def has_permission(self, request: Request, _view: Any) -> bool:
        """Refuse in the form the dialect's error handler knows."""
        key: Any = request.auth
        if key is None:
            raise NotAuthenticated
        if not any(key.allows(scope) for scope in ANY_SCOPE):
            raise PermissionDenied(f"This API key lacks the scope {RunpodView.scope}")
        return True


class RunpodView(APIView):
    """What all views of this dialect share. No HEAD: asking for a stream moves it on."""

    parser_classes = [JsonParser]
    permission_classes = [HasAnyScope]
    scope = " or ".join(ANY_SCOPE)
    http_method_names = ["get", "post"]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read the query as UTF-8 whatever charset the body claims for itself."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Refuse a name that no endpoint can have."""
        super().initial(request, *args, **kwargs)
        if len(kwargs["endpoint_id"]) > _MAX_ENDPOINT:
            raise ApiError(404, "Endpoint not found")

    def get_exception_handler(self) -> Any:
        """Return how this dialect words errors."""
        return handle


def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request whose body must be a JSON object."""
    body = request.data
    if not isinstance(body, dict):
        raise ApiError(400, "The body must be a JSON object")
    return body
