"""The OpenAPI document and the pages that read it to people."""

from functools import cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer

from voiceclone.api.native.errors import error_response

_SAFE = ("GET", "HEAD")
_RENDERERS: dict[str, Any] = {"json": OpenApiJsonRenderer, "yaml": OpenApiYamlRenderer}


@csrf_exempt  # else Django refuses a POST with a page, before we can in JSON
def schema(request: HttpRequest) -> HttpResponse:
    """Show the document: as JSON, or as YAML with ``format=yaml``."""
    if request.method not in _SAFE:
        return _not_allowed()
    form = request.GET.get("format", "json")
    if form not in _RENDERERS:
        return error_response(400, "INVALID_PARAMETERS", "format: Must be one of json, yaml.")
    return HttpResponse(_document(form), content_type=_RENDERERS[form].media_type)


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponse:
    """Show the document as pages on which requests can be tried out."""
    if request.method not in _SAFE:
        return _not_allowed()
    return render(request, "api/docs.html")


@cache
def _document(form: str) -> bytes:
    """Return the document; it is the same for everybody, and as long as the process lives."""
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    written: bytes = _RENDERERS[form]().render(
        generator.get_schema(request=None, public=True), renderer_context={}
    )
    return written


def _not_allowed() -> HttpResponse:
    response = error_response(405, "METHOD_NOT_ALLOWED", "Method not allowed")
    response.headers["Allow"] = ", ".join(_SAFE)
    return response
