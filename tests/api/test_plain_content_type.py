"""Content types are made harmless before Django reads them."""

import io

import pytest

from voiceclone.api.content_type import PlainContentType, plain_content_type


@pytest.mark.parametrize(
    ("sent", "plain"),
    [
        ("application/json", "application/json"),
        ("Application/JSON; charset=utf-8", "application/json"),
        ("application/json; charset=hex", "application/json"),
        ("application/json; charset=\0", "application/json"),
        ("multipart/form-data; boundary=abc", 'multipart/form-data; boundary="abc"'),
        ('multipart/form-data; boundary="a b"; x=y', 'multipart/form-data; boundary="a b"'),
        ("application/json; a*=bogus''%41", ""),
        ("", ""),
        (";", ""),
    ],
)
def test_the_type_and_the_boundary_are_kept(sent: str, plain: str) -> None:
    assert plain_content_type(sent) == plain


def test_a_boundary_survives_with_its_quotes() -> None:
    again = plain_content_type('multipart/form-data; boundary="a\\"b"')
    assert plain_content_type(again) == again


@pytest.mark.parametrize("sent", ["a; charset=hex", "a; x*=bogus''%41", "a; charset=\0", None])
def test_the_application_never_sees_what_would_end_it(sent: str | None) -> None:
    seen = []

    def application(environ, _start_response):
        seen.append(environ.get("CONTENT_TYPE"))
        return []

    environ = {"wsgi.input": io.BytesIO()} | ({} if sent is None else {"CONTENT_TYPE": sent})
    assert list(PlainContentType(application)(environ, None)) == []
    assert seen == [None if sent is None else "" if "*" in sent else "a"]
