"""No file may make us open another one."""

import io
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from inference.audio import source
from inference.audio.decode import decode, probe
from inference.audio.errors import AudioError

from . import files
from .signals import RATE, tone


def playlists(target):
    return {
        "ffconcat": f"ffconcat version 1.0\nfile {target}\n",
        "ffconcat, quoted": f"ffconcat version 1.0\nfile '{target}'\nduration 1\n",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{target}\n#EXT-X-ENDLIST\n",
        "m3u": f"#EXTM3U\n#EXTINF:1,a song\n{target}\n",
        "pls": f"[playlist]\nFile1={target}\nNumberOfEntries=1\n",
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\n"
        "m=audio 5004 RTP/AVP 0\n",
        "dash": "<?xml version='1.0'?><MPD><Period><AdaptationSet><Representation>"
        f"<BaseURL>{target}</BaseURL></Representation></AdaptationSet></Period></MPD>",
    }


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret.wav"
    path.write_bytes(files.make("pcm_s16le", "wav", tone(1), RATE))
    os.utime(path, (1, 1))
    return path


@pytest.mark.parametrize("kind", playlists(""))
@pytest.mark.parametrize("relative", [True, False])
@pytest.mark.parametrize("on_disk", [True, False])
def test_a_playlist_never_opens_the_local_file_it_names(
    kind, relative, on_disk, secret, monkeypatch
):
    monkeypatch.chdir(secret.parent)
    text = playlists(secret.name if relative else str(secret))[kind].encode()
    path = secret.parent / "upload.m3u8"
    path.write_bytes(text)
    for read in (probe, lambda file: decode(file, max_seconds=9)):
        with path.open("rb") if on_disk else io.BytesIO(text) as file:
            with pytest.raises(AudioError) as caught:
                read(file)
            assert caught.value.code == "UNSUPPORTED_FORMAT"
    assert secret.stat().st_atime == 1


@pytest.mark.parametrize("broken", ["format_whitelist", "protocol_whitelist"])
def test_of_the_two_locks_each_holds_alone(broken, secret, monkeypatch):
    monkeypatch.chdir(secret.parent)
    monkeypatch.delitem(source._OPTIONS, broken)
    for kind in ("ffconcat", "hls"):
        with pytest.raises(AudioError):
            probe(io.BytesIO(playlists(secret.name)[kind].encode()))
    assert secret.stat().st_atime == 1


def test_without_either_lock_the_named_file_would_be_read(secret, monkeypatch):
    monkeypatch.chdir(secret.parent)
    monkeypatch.setattr(source, "_OPTIONS", {})
    monkeypatch.setattr(source, "_CONTAINERS", {"concat": "wav"})
    opened = []
    with source.open_source(io.BytesIO(playlists(secret.name)["ffconcat"].encode())) as leak:
        opened.extend(leak.blocks())
    assert sum(block.size for block, _ in opened) == RATE


def test_a_playlist_never_calls_a_server():
    called = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self):
            called.append(self.path)
            self.send_error(404)

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}/voice.mp3"
        for text in playlists(url).values():
            with pytest.raises(AudioError):
                probe(io.BytesIO(text.encode()))
        server.shutdown()
    assert called == []
