"""The WSGI side of the front: what the application reads, and what it leaves to be sent."""

from collections.abc import Iterable
from typing import Any

from django.http import StreamingHttpResponse

from voiceclone.api.body_limit import REFUSED
from voiceclone.api.content_type import WsgiApplication
from voiceclone.front.body import BODY
from voiceclone.front.slot import SLOT


class Between:
    """WSGI middleware: the body comes from the front, and a streamed answer is sent by it."""

    def __init__(self, application: WsgiApplication) -> None:
        self.application = application

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer as the application does."""
        scope = environ["asgi.scope"]
        body = scope[BODY]
        environ["wsgi.input"] = body.file
        environ["CONTENT_LENGTH"] = str(body.length)
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        if body.refused is not None:
            environ[REFUSED] = body.refused
        response = self.application(environ, start_response)
        if isinstance(response, StreamingHttpResponse):
            scope[SLOT].streamed = response
            return ()
        return response
