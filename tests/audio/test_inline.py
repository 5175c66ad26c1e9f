import base64
import binascii
import re
import tracemalloc

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from inference.audio.errors import AudioError
from inference.audio.inline import inline_audio

MEGABYTE = 1 << 20


def refused(text, max_bytes=MEGABYTE):
    with pytest.raises(AudioError) as error:
        inline_audio(text, max_bytes=max_bytes)
    return error.value


@settings(max_examples=200, deadline=None)
@given(
    st.binary(min_size=1, max_size=200),
    st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]),
    st.sampled_from(
        [
            "",
            "data:audio/wav;base64,",
            "data:audio/webm;codecs=opus;base64,",
            "DATA:Audio/MPEG;BASE64,",
            " data:;base64,",
        ]
    ),
    st.lists(st.tuples(st.integers(0, 300), st.sampled_from(["\n", "\r\n", " ", "\t"]))),
)
def test_any_bytes_come_back_from_any_spelling(data, encode, head, gaps):
    text = encode(data).decode()
    for place, gap in gaps:
        text = text[:place] + gap + text[place:]

    assert inline_audio(head + text, max_bytes=len(data)) == data


@settings(max_examples=400, deadline=None)
@given(st.text(alphabet="AQgw0+/-_=\n é", min_size=1, max_size=12) | st.text(min_size=1))
@example("====")
@example("AAAA=")
@example("AA==AA==")
@example("A=A=")
@example("data:AAAA")
def test_what_is_no_base64_is_refused_and_nothing_else(text):
    plain = re.sub("[ \t\n\r\f\v]", "", text).replace("-", "+").replace("_", "/")
    if re.fullmatch("([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", plain) and plain:
        assert inline_audio(text, max_bytes=10_000) == binascii.a2b_base64(plain)
    else:
        assert refused(text).code == ("BAD_BASE64" if plain else "NO_AUDIO")


@pytest.mark.parametrize("text", ["QUJD\nRA", "QUJDRA=", "QUJDRA===", "QUJDR", "QQ==QUJD", "Q=Q="])
def test_wrong_padding_is_called_so(text):
    error = refused(text)

    assert error.code == "BAD_BASE64"
    assert error.message.startswith("Incorrect padding")


@pytest.mark.parametrize(
    "text", ["QUJ!", "QUJDRA==\x00", "ÄÖÜß", "https://a.example/b.wav", "\ud83d"]
)
def test_foreign_characters_are_called_so(text):
    error = refused(text)

    assert error.code == "BAD_BASE64"
    assert "characters" in error.message
    assert "padding" not in error.message


def test_a_data_url_that_is_not_base64_is_called_so():
    assert "data URL" in refused("data:audio/wav,RIFF").message


@pytest.mark.parametrize("text", ["", " \n", "data:audio/wav;base64,", "data:audio/wav;base64, "])
def test_nothing_at_all_is_no_audio(text):
    assert refused(text).code == "NO_AUDIO"


@pytest.mark.parametrize("size", [98, 99, 100, 101, 102, 103])
def test_the_limit_is_in_decoded_bytes_and_exact(size):
    text = base64.encodebytes(bytes(size)).decode()

    if size <= 100:
        assert inline_audio(text, max_bytes=100) == bytes(size)
    else:
        error = refused(text, 100)
        assert error.code == "TOO_LARGE"
        assert f"{size} bytes" in error.message


def test_what_is_too_large_is_not_decoded():
    text = "A" * (16 * MEGABYTE)
    tracemalloc.start()
    try:
        assert refused(text).code == "TOO_LARGE"
        assert tracemalloc.get_traced_memory()[1] < 2.2 * len(text)
    finally:
        tracemalloc.stop()
