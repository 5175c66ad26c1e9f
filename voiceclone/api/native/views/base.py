from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.views import APIView

from voiceclone.api.native.errors import invalid
from voiceclone.api.parsers import JsonParser


class NativeView(APIView):
    """What all native views share: UTF-8 in, and JSON objects only."""

    parser_classes = [JsonParser]
    http_method_names = ["get", "head", "post", "patch", "delete"]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read the query as UTF-8 whatever charset the body claims for itself."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)


def query_of(request: Request) -> dict[str, str]:
    """Return the query, of each parameter its last value; an empty one counts as sent."""
    return request.query_params.dict()


def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request whose body must be a JSON object."""
    body = request.data
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object")
    return body
