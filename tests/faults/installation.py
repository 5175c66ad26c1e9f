"""A whole installation in real processes: PostgreSQL, Redis, web, workers, a scheduler."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self, TypeVar

import psycopg
import requests

from tests.services.ports import free_port
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.server import LAUNCHER

ROOT = Path(__file__).resolve().parent.parent.parent
ENGINE = "tests.faults.engine:FaultyEngine"
T = TypeVar("T")


class ServiceProcess:
    """One process of the service; ends with the tests at the latest."""

    def __init__(self, name: str, command: list[str], env: dict[str, str], folder: Path) -> None:
        self.name = name
        self._command = command
        self._env = env
        self.log = folder / f"{name}.log"
        self.process = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        launcher = [sys.executable, "-I", str(LAUNCHER)]
        wanted = [str(os.getpid()), str(int(signal.SIGKILL)), "-", *self._command]
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [*launcher, *wanted], env=self._env, cwd=ROOT, stdout=log, stderr=log
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def stop(self, seconds: float = 90) -> int:
        self.process.terminate()
        return self.process.wait(seconds)

    def restart(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.process = self._start()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Installation:
    """Everything an operator would run, on loopback, with short leases."""

    web: ServiceProcess

    def __init__(self, **settings: str) -> None:
        self._closing = ExitStack()
        self.folder = Path(self._closing.enter_context(tempfile.TemporaryDirectory()))
        self._settings = settings
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.env: dict[str, str] = {}

    @property
    def files(self) -> Path:
        """The folder where audio is stored."""
        return self.folder / "home" / "files"

    def __enter__(self) -> Self:
        self.postgres = self._closing.enter_context(PostgresServer())
        self.redis = self._closing.enter_context(RedisServer(persistent=True))
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "DJANGO_SETTINGS_MODULE": "voiceclone.settings",
            "DATABASE_URL": self.postgres.url,
            "REDIS_URL": self.redis.url,
            "VOICECLONE_HOME": str(self.folder / "home"),
            "VOICECLONE_SECRET_KEY": "a key for the fault tests, and for nothing else at all",
            "VOICECLONE_PUBLIC_URL": self.url,
            "VOICECLONE_ENGINE": ENGINE,
            "VOICECLONE_DEBUG": "0",
            "RATE_LIMIT_SUBMISSIONS": "100000",
            "RATE_LIMIT_POLLS": "1000000",
            "JOB_LEASE_SECONDS": "2",
            "REAPER_SECONDS": "0.5",
            "JOB_RETRY_SECONDS": "0.2",
            "SIGNUP_CREDITS": "100000",
            "PORT": str(self.port),
            **self._settings,
        }
        self.manage("migrate", "-v", "0")
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing.close()

    def manage(self, *arguments: str) -> str:
        """Run a management command and return what it printed."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            env=self.env,
            cwd=ROOT,
            check=False,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database past the service."""
        with psycopg.connect(self.postgres.url) as database:
            return list(database.execute(sql).fetchall())

    def start(self, name: str, *command: str) -> ServiceProcess:
        """Start a process of the service."""
        started = ServiceProcess(name, [sys.executable, *command], self.env, self.folder)
        self._closing.callback(started.close)
        return started

    def start_web(self) -> ServiceProcess:
        """Start a web process as docs/operations.md has it, and wait until it answers."""
        self.web = self.start(
            "web", "-m", "uvicorn", "voiceclone.asgi:application", "--host", "127.0.0.1",
            "--port", str(self.port), "--http", "voiceclone.front.protocol:Protocol",
            "--lifespan", "on", "--no-access-log",
            "--no-server-header", "--no-proxy-headers", "--timeout-graceful-shutdown", "30",
        )  # fmt: skip
        self.web_answers()
        return self.web

    def web_answers(self) -> None:
        """Wait until the web process answers."""
        wait_for(lambda: answers(f"{self.url}/healthz"), seconds=60, what="the web answers")

    def start_worker(self, name: str = "worker") -> ServiceProcess:
        worker = self.start(name, "manage.py", "worker")
        wait_for(lambda: b"worker:" in worker.log.read_bytes(), seconds=40, what="the worker")
        return worker

    def start_scheduler(self) -> ServiceProcess:
        return self.start("scheduler", "manage.py", "scheduler")

    def tenant(self, name: str) -> "Tenant":
        """Make a workspace with a key."""
        workspace = self.manage("create_workspace", name)
        return Tenant(self.url, self.manage("create_api_key", workspace))


class Tenant:
    """A customer's program."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.http = requests.Session()
        self.http.headers["Authorization"] = f"Bearer {key}"

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.http.get(f"{self.url}/api/v1{path}", timeout=20, **options)

    def system_voice(self) -> str:
        """Return the id of a system voice."""
        return str(self.get("/voices?type=SYSTEM&limit=1").json()["voices"][0]["id"])

    def say(self, text: str, voice: str, **more: Any) -> str:
        """Submit a speech and return its id."""
        reply = self.http.post(
            f"{self.url}/api/v1/tts", json={"text": text, "voiceId": voice, **more}, timeout=20
        )
        assert reply.status_code == 200, reply.text
        return str(reply.json()["speechId"])

    def speech(self, speech_id: str) -> dict[str, Any]:
        body: dict[str, Any] = self.get(f"/tts/{speech_id}").json()["speech"]
        return body

    def ended(self, speech_id: str, seconds: float = 60) -> dict[str, Any]:
        """Wait for a speech's end and return it."""

        def final() -> dict[str, Any] | None:
            speech = self.speech(speech_id)
            return speech if speech["status"] != "PROCESSING" else None

        return wait_for(final, seconds=seconds, what=f"the end of {speech_id}")

    def entries(self, job_id: str) -> list[str]:
        """Return the kinds of ledger entries of a job."""
        found: list[str] = []
        cursor: int | None = None
        while True:
            query = {"limit": 100} | ({} if cursor is None else {"cursor": cursor})
            page = self.get("/credits/ledger", params=query).json()
            found += [entry["kind"] for entry in page["entries"] if entry["jobId"] == job_id]
            cursor = page["nextCursor"]
            if cursor is None:
                return found

    def credits(self) -> int:
        return int(self.get("/credits").json()["credits"])


def wait_for(look: Callable[[], T], *, seconds: float, what: str) -> T:
    """Return what ``look`` gives once it is true; fails after ``seconds``."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        seen = look()
        if seen:
            return seen
        time.sleep(0.1)
    raise AssertionError(f"waited {seconds} s in vain for {what}")


def answers(url: str) -> bool:
    try:
        return requests.get(url, timeout=2).ok
    except requests.RequestException:
        return False
