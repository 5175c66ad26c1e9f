"""A request whose answer is withheld, and how it is answered in the end."""

import io

from django.core.handlers.exception import response_for_exception
from django.core.handlers.wsgi import WSGIRequest
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from voiceclone.api.faces import error_for
from voiceclone.api.request_id import request_id_of
from voiceclone.api.waiting import RESTARTING, Deferred, finisher_of

_OF_THE_BODY = {"content-type", "content-length"}
_NOT_KEPT = {"asgi.scope", "CONTENT_TYPE", "HTTP_TRANSFER_ENCODING"}
_KNOWN_OF_IT = ("request_id", "_api_key")


class Pending:
    """What is left of a request while its answer waits: all but the body."""

    def __init__(self, request: HttpRequest, deferred: Deferred) -> None:
        self.deferred = deferred
        self.request = _without_body(request)
        self.request_id = request_id_of(request)

    def finish(self, *, timed_out: bool) -> HttpResponseBase:
        """Return the finisher's answer; what it raises is answered as if a view had raised it.

        Raises:
            DatabaseError: the database is away; it may be asked again.
        """
        finish = finisher_of(self.deferred.finish)
        try:
            return self._completed(finish(self.request, dict(self.deferred.state), timed_out))
        except DatabaseError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a finisher raises
            return self.failed(error)

    def failed(self, error: Exception) -> HttpResponseBase:
        """Return the answer to an exception that a view would have raised."""
        return self._completed(response_for_exception(self.request, error))

    def refuse(self) -> HttpResponseBase:
        """Return the answer of a service that ends, in the dialect's form."""
        response = self._refusal(503, "UNAVAILABLE", RESTARTING)
        response.headers["Retry-After"] = "1"
        return self._completed(response)

    def gone(self) -> HttpResponseBase:
        """Return the answer to a request whose job was deleted, in the dialect's form."""
        return self._completed(self._refusal(404, "NOT_FOUND", "The job was deleted."))

    def _refusal(self, status: int, code: str, message: str) -> HttpResponse:
        refusal = error_for(self.request, status, code, message)
        return HttpResponse(f"{message}\n", status=status) if refusal is None else refusal

    def carry_over(self, response: HttpResponseBase) -> HttpResponseBase:
        """Add the withheld answer's headers, where the response has none of its own."""
        for name, value in self.deferred.items():
            if name.lower() not in _OF_THE_BODY:
                response.headers.setdefault(name, value)
        return response

    def _completed(self, response: HttpResponseBase) -> HttpResponseBase:
        if isinstance(response, HttpResponse):
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return self.carry_over(response)


def _without_body(request: HttpRequest) -> HttpRequest:
    environ = {name: value for name, value in request.META.items() if name not in _NOT_KEPT}
    bare = WSGIRequest({**environ, "CONTENT_LENGTH": "0", "wsgi.input": io.BytesIO()})
    for name in _KNOWN_OF_IT:
        if hasattr(request, name):
            setattr(bare, name, getattr(request, name))
    return bare
