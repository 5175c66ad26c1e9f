"""The customers' own server: recordings lie there, and webhooks are sent there."""

import json
import threading
import zlib
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from tests.faults.installation import ROOT

SAMPLE = ROOT / "samples" / "voice.mp3"
_ONE_IN = 8
"""Of so many calls, one is refused the first time it is told of."""


class OwnServer:
    def __init__(self) -> None:
        self.told: dict[str, list[str]] = defaultdict(list)
        """The ``webhook-id`` of each time that a call was told of, by the call's id."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        self.netloc = f"127.0.0.1:{self._server.server_port}"
        self.recording_url = f"http://{self.netloc}/voice.mp3"
        self.hook_url = f"http://{self.netloc}/hooks"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def tell(self, call: str, webhook_id: str) -> int:
        """Take a letter; returns the status to answer."""
        self.told[call].append(webhook_id)
        is_first = len(self.told[call]) == 1
        return 503 if is_first and zlib.crc32(call.encode()) % _ONE_IN == 0 else 200


def _handler_of(server: OwnServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(200, SAMPLE.read_bytes())

        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            call = said.get("job_id") or said["id"]  # as Chatterbox names it, or as RunPod does
            self._answer(server.tell(call, self.headers["webhook-id"]), b"thank you")

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            pass

    return Handler
