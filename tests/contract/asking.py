"""A request as a customer's program sends it, and the ways to spoil one."""

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, FakePayload, encode_multipart

from tests.support.callers import nobody

JSON = "application/json"


@dataclass(frozen=True)
class Ask:
    """``body`` goes out as JSON (bytes as they are), ``form`` as a form with files.

    ``meanwhile`` is done once the headers are there and before the first byte of the body.
    """

    path: str
    key: str | None
    body: Any = None
    form: dict[str, Any] | None = None
    method: str = "POST"
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    stated_length: int | None = None
    key_header: str = "Authorization"
    meanwhile: Callable[[], None] | None = None

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def under(self, idempotency_key: str) -> Self:
        return self.but(headers={**self.headers, "Idempotency-Key": idempotency_key})

    def saying(self, where: str, value: Any) -> Self:
        """Return it with a field of the body, named by its ``dotted.path``, set to ``value``."""
        body = copy.deepcopy(self.body)
        place, name = _place(body, where)
        place[name] = value
        return self.but(body=body)

    def without(self, where: str) -> Self:
        body = copy.deepcopy(self.body)
        place, name = _place(body, where)
        del place[name]
        return self.but(body=body)

    def written(self) -> bytes:
        """Return the body as it goes over the wire."""
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()

    def send(self) -> Any:
        headers = dict(self.headers)
        if self.key is not None:
            bearer = self.key_header == "Authorization"
            headers[self.key_header] = f"Bearer {self.key}" if bearer else self.key
        content, kind = self.written(), self.content_type
        if self.form is not None:
            content, kind = encode_multipart(BOUNDARY, self._files()), MULTIPART_CONTENT
        extra: dict[str, Any] = {}
        if self.stated_length is not None:
            extra["CONTENT_LENGTH"] = str(self.stated_length)
        if self.meanwhile is not None:
            extra["wsgi.input"] = _Arriving(content, self.meanwhile)
        return nobody(**headers).generic(self.method, self.path, content, kind, **extra)

    def _files(self) -> dict[str, Any]:
        assert self.form is not None
        return {
            name: SimpleUploadedFile("voice.wav", value) if isinstance(value, bytes) else value
            for name, value in self.form.items()
        }


class _Arriving(FakePayload):
    """A body that something happens before."""

    def __init__(self, content: bytes, happens: Callable[[], None]) -> None:
        super().__init__(content)
        self._happens = [happens]

    def read(self, *size: int) -> bytes:
        while self._happens:
            self._happens.pop()()
        return super().read(*size)

    def readline(self, *size: int) -> bytes:
        while self._happens:
            self._happens.pop()()
        return super().readline(*size)


def _place(body: Any, where: str) -> tuple[dict[str, Any], str]:
    *outer, name = where.split(".")
    for step in outer:
        body = body[step]
    return body, name
