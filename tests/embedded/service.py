"""The embedded service as a person starts it, on a free port and in a folder of its own."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import requests

from tests.faults.installation import Tenant, wait_for
from tests.services.ports import free_port
from tests.services.server import LAUNCHER

ROOT = Path(__file__).resolve().parent.parent.parent


class EmbeddedService:
    def __init__(self, home: Path, **settings: str) -> None:
        self.home = home
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home.parent / f"{home.name}.log"
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(home.parent),
            "VOICECLONE_HOME": str(home),
            "PORT": str(self.port),
            **settings,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def files(self) -> Path:
        """The folder where audio is stored."""
        return self.home / "files"

    def start(self) -> "EmbeddedService":
        """Start it and wait until it says that it is up."""
        self.log.write_bytes(b"")
        command = [sys.executable, "-m", "voiceclone.embedded"]
        launcher = [sys.executable, "-I", str(LAUNCHER), str(os.getpid()), "9", "-"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*launcher, *command], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        wait_for(self._is_up, seconds=60, what=f"the service\n{self.said()}")
        return self

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.said()
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).ok and "curl" in self.said()
        except requests.RequestException:
            return False

    def said(self) -> str:
        return self.log.read_text()

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def interrupt(self, by: signal.Signals = signal.SIGINT) -> int:
        """Press Ctrl-C, or send another signal; returns the exit status."""
        assert self.process is not None
        self.process.send_signal(by)
        return self.process.wait(30)

    def close(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database past the service."""
        with closing(sqlite3.connect(self.home / "voiceclone.sqlite3")) as database:
            return list(database.execute(sql).fetchall())

    def manage(self, *arguments: str) -> str:
        """Run a management command beside the service and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def demo(self) -> Tenant:
        return Tenant(self.url, (self.home / "demo-key").read_text().strip())

    def refuses_to_start(self, *, libraries_talk: bool = False, **settings: str) -> str:
        """Start it where it cannot; returns the one line it says (after what libraries say)."""
        done = subprocess.run(
            [sys.executable, "-m", "voiceclone.embedded"],
            cwd=ROOT,
            env=self.env | settings,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 1, done
        *before, said = done.stderr.splitlines()
        if libraries_talk:
            assert "Traceback" not in done.stderr
        else:
            assert (done.stdout, before) == ("", [])
        assert said.startswith("voiceclone: ")
        return said
