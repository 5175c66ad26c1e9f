from typing import Any, ClassVar

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.views import APIView

from voiceclone.api.parsers import JsonParser
from voiceclone.api.venice import errors
from voiceclone.api.venice.documentation import MountedSchema
from voiceclone.api.venice.errors import invalid


class VeniceView(APIView):
    """What all views of the dialect share: UTF-8 in, and errors in OpenAI's form."""

    schema = MountedSchema()
    operations: ClassVar[dict[str, str]]
    """What each method is called in the document."""
    parser_classes = [JsonParser]
    http_method_names = ["get", "head", "post"]

    def initialize_request(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Request:
        """Read the query as UTF-8 whatever charset the body claims for itself."""
        request.encoding = "utf-8"
        return super().initialize_request(request, *args, **kwargs)

    def get_exception_handler(self) -> Any:
        """Have errors in this dialect's form."""
        return errors.handle


def json_object(request: Request) -> dict[str, Any]:
    """Return the body of a request whose body must be a JSON object."""
    body = request.data
    if not isinstance(body, dict):
        raise invalid("The body must be a JSON object", code="invalid_type")
    return body
