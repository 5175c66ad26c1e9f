"""What can be wrong with a request, whatever its dialect.

Each entry makes the request. What a dialect answers to it, or why there can be no such request
in it, stands in the dialect's own table (``tests/contract/dialects``).
"""

import math
from collections.abc import Callable
from typing import Any

from accounts.models import Scope
from tests.audio import files
from tests.contract.asking import Ask
from tests.contract.dialects.base import Dialect
from tests.contract.recorded import lasting
from tests.contract.world import World
from tests.support.callers import make_caller
from voiceclone.api.faces import face_of

Make = Callable[[Dialect, World], Ask]


def _speech(**said: Any) -> Make:
    return lambda dialect, world: dialect.speech(world, **said)


def _sent(**changes: Any) -> Make:
    return lambda dialect, world: dialect.speech(world).but(**changes)


def _without(name: str) -> Make:
    return lambda dialect, world: dialect.speech(world).without(dialect.where[name])


def _signed(key: Callable[[World], str | None]) -> Make:
    return lambda dialect, world: dialect.speech(world).but(key=key(world))


def _voice(called: Callable[[World], str]) -> Make:
    def make(dialect: Dialect, world: World) -> Ask:
        where = dialect.where["voice"]
        return dialect.speech(world).saying(where, called(world))

    return make


def _encoded(encoding: str) -> Make:
    def make(dialect: Dialect, world: World) -> Ask:
        ask = dialect.speech(world)
        return ask.but(body=ask.written().decode().encode(encoding))

    return make


def _over_the_limit(key: bool) -> Make:
    def make(dialect: Dialect, world: World) -> Ask:
        ask = dialect.speech(world)
        face = face_of(ask.path)
        assert face is not None
        ask = ask.but(body=b"", stated_length=face.body_limit + 1)
        return ask if key else ask.but(key=None)

    return make


def _too_long_text(dialect: Dialect, world: World) -> Ask:
    return dialect.speech(world, text="a" * (dialect.most_text + 1))


def _recording(content: Callable[[Dialect], bytes]) -> Make:
    return lambda dialect, world: dialect.reference(world, content(dialect))


def _inline(text: str) -> Make:
    def make(dialect: Dialect, world: World) -> Ask:
        return dialect.reference(world, b"").saying(dialect.where["inline"], text)

    return make


def _address(url: str) -> Make:
    return lambda dialect, world: dialect.speech(world).saying(dialect.where["address"], url)


def _no_recording(dialect: Dialect, world: World) -> Ask:
    ask = dialect.reference(world, b"")
    if ask.form is None:
        return ask.without(dialect.where["recording"])
    name = dialect.where["recording"]
    return ask.but(form={field: value for field, value in ask.form.items() if field != name})


def _form(**changes: Any) -> Make:
    return lambda dialect, world: dialect.reference(world, b"").but(form=None, **changes)


def _text_as_file(dialect: Dialect, world: World) -> Ask:
    ask = dialect.reference(world, b"")
    assert ask.form is not None
    return ask.but(form={**ask.form, dialect.where["recording"]: "a text"})


def _used_key(dialect: Dialect, world: World) -> Ask:
    dialect.good(dialect.speech(world).under("order-1"))
    return dialect.speech(world, text="Something else.").under("order-1")


def _poor(dialect: Dialect, world: World) -> Ask:
    poor = make_caller("Tim", balance=3)
    return dialect.speech(world).but(key=poor.written)


def _too_often(dialect: Dialect, world: World) -> Ask:
    ask = dialect.speech(world)
    world.let_ask_once()
    assert ask.but(body=b"{").send().status_code == 400
    return ask


BADNESSES: dict[str, Make] = {
    # Who asks, and where
    "no key": _signed(lambda _world: None),
    "malformed key": _signed(lambda _world: "vc_nonsense"),
    "revoked key": _signed(lambda world: world.key(revoked=True)),
    "expired key": _signed(lambda world: world.key(expired=True)),
    "key of another scope": _signed(lambda world: world.key(Scope.BILLING_READ)),
    "wrong method": _sent(method="PUT"),
    "unknown path": lambda d, w: d.speech(w).but(path=d.nowhere),
    # The body
    "wrong content type": _sent(content_type="text/plain"),
    "body not JSON": _sent(body=b'{"text": "Hi"'),
    "JSON that is not an object": _sent(body=["Hi"]),
    "empty body": _sent(body=b""),
    "NaN in the body": _sent(body=b'{"other": NaN}'),
    "Infinity in the body": _sent(body=b'{"other": -Infinity}'),
    "nested too deeply": _sent(body=b"[" * 20_000 + b"]" * 20_000),
    "body over the limit": _over_the_limit(key=True),
    "body over the limit, no key": _over_the_limit(key=False),
    "body in UTF-16": _encoded("utf-16"),
    "body in invalid UTF-8": _sent(body=b'{"text": "\xff\xfe"}'),
    # The text
    "no text": _without("text"),
    "empty text": _speech(text=""),
    "blank text": _speech(text=" \n\t\u00a0\u2003 "),
    "zero-width text": _speech(text="\u200b\u200d\ufeff\u2060"),
    "text one too long": _too_long_text,
    "text a number": _speech(text=7),
    "text a list": _speech(text=["Hi"]),
    "text null": _speech(text=None),
    "NUL in the text": _speech(text="Good\0morning."),
    "lone surrogate in the text": _speech(text="Good \ud83d morning."),
    # The voice
    "no voice": _without("voice"),
    "voice a number": _speech(voice=7),
    "NUL in the voice": _speech(voice="Aar\0on"),
    "unknown voice": _speech(voice="c" + "0" * 24),
    "another's voice": _voice(lambda world: world.voice(world.grace)),
    "deleted voice": _voice(World.deleted_voice),
    "failed voice": _voice(World.failed_voice),
    "another's handle": _voice(lambda world: world.handle(world.grace)),
    "expired handle": _voice(lambda world: world.handle(world.ada, expired=True)),
    # How it is said
    "unknown format": _speech(format="aiff"),
    "unknown mode": _speech(mode="turbo"),
    **{
        f"{name} {what}": _speech(**{name: value})
        for name, most in {"speed": 4.0, "temperature": 2.0, "exaggeration": 2.0}.items()
        for what, value in {
            "out of range": most + 0.01,
            "a string": "fast",
            "NaN": math.nan,
        }.items()
    },
    "negative seed": _speech(seed=-1),
    "unknown language": _speech(language="tlh"),
    # Repeated, too much, too often
    "idempotency key empty": lambda d, w: d.speech(w).under(""),
    "idempotency key with control characters": lambda d, w: d.speech(w).under("a\x07b"),
    "idempotency key of 300 characters": lambda d, w: d.speech(w).under("k" * 300),
    "idempotency key of another request": _used_key,
    "not enough credits": _poor,
    "rate limit exceeded": _too_often,
    # The recording of a voice
    "no recording": _no_recording,
    "recording that is not audio": _recording(lambda _d: b"RIFF is not enough " * 100),
    "empty recording": _recording(lambda _d: b""),
    "recording too short": _recording(lambda d: lasting(d.shortest - 0.1)),
    "silent recording": _recording(lambda d: lasting(d.shortest + 0.1)),
    "recording too large": _recording(lambda d: bytes(d.most_bytes + 1)),
    "playlist": _recording(lambda _d: b"ffconcat version 1.0\nfile /etc/passwd\n"),
    "video without sound": _recording(lambda _d: files.silent_video()),
    "broken form": _form(body=b"--x\r\nnonsense", content_type="multipart/form-data; boundary=y"),
    "form without a boundary": _form(body=b"nonsense", content_type="multipart/form-data"),
    "JSON instead of a form": _form(body={"file": "a text"}),
    "text instead of a file": _text_as_file,
    "bad base64": _inline("not*base64*at*all*!!"),
    "wrong padding": _inline("UklGRiQAAABXQVZFZm10I"),
    # Addresses
    **{
        f"{what} address of a recording": _address(url)
        for what, url in {
            "private": "http://10.0.0.1/voice.wav",
            "loopback": "http://127.0.0.1/voice.wav",
            "metadata": "http://169.254.169.254/latest/meta-data/",
            "file": "file:///etc/passwd",
        }.items()
    },
    "private address of a webhook": lambda d, w: d.hook(w, "http://192.168.1.1/hook"),
}
