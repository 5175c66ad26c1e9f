"""Limits of size under a plain WSGI server, where no front reads the bodies."""

import io
from typing import Any

import pytest
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client

from voiceclone.api.body_limit import ANYBODYS_LIMIT

pytestmark = [pytest.mark.django_db, pytest.mark.anydb]

PATHS = ("/", "/accounts/login/", "/dashboard/", "/admin/login/", "/static/x.js", "/nothing")


@pytest.fixture(autouse=True)
def _nothing_is_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any, **_options: Any) -> None:
        raise AssertionError("the body was parsed")

    monkeypatch.setattr("django.http.request.HttpRequest._load_post_and_files", refuse)
    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", refuse)


def sent(path: str, body: bytes, **environ: Any) -> Any:
    client = Client(enforce_csrf_checks=True)
    client.cookies["csrftoken"] = "a" * 32
    kind = "multipart/form-data; boundary=B"
    return client.generic("POST", path, body, content_type=kind, **environ)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_s_body_is_refused_by_its_stated_length(path: str) -> None:
    reply = sent(path, bytes(ANYBODYS_LIMIT + 1))
    assert (reply.status_code, reply.content) == (413, b"Request body too large\n")


@pytest.mark.parametrize("path", PATHS)
def test_a_page_s_body_in_chunks_is_read_no_further_than_the_limit(path: str) -> None:
    endless = io.BytesIO(bytes(10 * ANYBODYS_LIMIT))
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    assert sent(path, b"", **chunked, **{"wsgi.input": endless}).status_code == 413
    assert endless.tell() <= 2 * ANYBODYS_LIMIT


def test_a_page_s_body_whose_end_cannot_be_told_is_refused() -> None:
    assert sent("/accounts/login/", b"a", HTTP_TRANSFER_ENCODING="chunked").status_code == 411
