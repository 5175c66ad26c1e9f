"""An S3-compatible server for the tests: moto's, in threads of this process."""

import logging
import secrets
from typing import Any, Self

import boto3
from moto.server import ThreadedMotoServer

KEY = {"AWS_ACCESS_KEY_ID": "a-test-key", "AWS_SECRET_ACCESS_KEY": "its secret"}
"""What clients need in their environment; the server takes any."""


class S3Server:
    """Listens on a free loopback port; its buckets go with it."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)

    def __enter__(self) -> Self:
        logging.getLogger("werkzeug").setLevel(logging.WARNING)  # else each request is told
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.url = f"http://{host}:{port}"
        return self

    def __exit__(self, *_exception: object) -> None:
        self._server.stop()

    def new_bucket(self) -> str:
        """Make a bucket that no other test knows."""
        name = f"audio-{secrets.token_hex(8)}"
        self.client().create_bucket(Bucket=name)
        return name

    def client(self) -> Any:
        """Return a client beside the one under test."""
        return boto3.client(
            "s3",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id=KEY["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=KEY["AWS_SECRET_ACCESS_KEY"],
        )
