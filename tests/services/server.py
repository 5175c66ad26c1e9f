import atexit
import os
import signal
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import ClassVar, Self

from tests.services import account
from tests.services.binaries import Programs
from tests.services.errors import ServiceError
from tests.services.folder import TemporaryFolder
from tests.services.ports import free_port

START_SECONDS = 60
STOP_SECONDS = 10
LAUNCHER = Path(__file__).with_name("launch.py")


class Server(ABC):
    """A server of our own on a loopback port, with its data in a temporary folder.

    It can be stopped, killed and started again on the same port and data. It ends with the
    process that started it, however that ends; on Linux also with the *thread* that did, so
    start servers from a thread that stays.
    """

    name: ClassVar[str]
    stop_signal: ClassVar[signal.Signals]
    orphan_signal: ClassVar[signal.Signals]

    def __init__(self, programs: Programs) -> None:
        self._uid = account.server_uid()
        self._temporary = TemporaryFolder(self.name, self._uid)
        self.folder = self._temporary.path
        self._log = self.folder / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        atexit.register(self.close)
        self._programs = self._readable(programs)

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_exception: object) -> None:
        self.close()

    @abstractmethod
    def _prepare(self) -> None:
        """Make what the first start needs."""

    @abstractmethod
    def _command(self) -> list[str]:
        """Return the program and its arguments, which keep it in the foreground."""

    @abstractmethod
    def _ping(self) -> bool:
        """Say whether the server answers."""

    @property
    @abstractmethod
    def url(self) -> str:
        """Where clients find the server."""

    @property
    def pid(self) -> int:
        """The server's process id.

        Raises:
            ServiceError: it is not running.
        """
        if self._process is None or self._process.poll() is not None:
            raise ServiceError(f"{self.name} is not running")
        return self._process.pid

    def start(self) -> Self:
        """Start for the first time, on a free port, and return once it answers.

        Raises:
            ServiceError: it does not start; the message has the end of its log.
        """
        self._prepare()
        for _ in range(5):
            self.port = free_port()
            if self._try_to_start():
                return self
            if "in use" not in self._log_tail():
                break
        raise ServiceError(f"{self.name} did not start; it says:\n{self._log_tail()}")

    def restart(self) -> None:
        """Start again on the same port and data, after a stop, a kill, or neither.

        Raises:
            ServiceError: it does not start; the message has the end of its log.
        """
        self.stop()
        give_up = time.monotonic() + START_SECONDS
        # What a killed server's children still hold they let go of within moments.
        while not self._try_to_start():
            if time.monotonic() > give_up:
                raise ServiceError(f"{self.name} did not restart; it says:\n{self._log_tail()}")
            time.sleep(0.1)

    def stop(self) -> None:
        """End the server in good order; clients are disconnected. Does nothing if it is down."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """End the server as a crash would (SIGKILL). Does nothing if it is down."""
        self._end(signal.SIGKILL)

    def close(self) -> None:
        """Stop for good and remove the data."""
        self.stop()
        self._temporary.close()
        atexit.unregister(self.close)

    def _try_to_start(self) -> bool:
        self._process = self._launch(self._command(), self.orphan_signal)
        give_up = time.monotonic() + START_SECONDS
        while self._process.poll() is None:
            if self._ping() and self._process.poll() is None:
                return True
            if time.monotonic() > give_up:
                self.kill()
            time.sleep(0.02)
        return False

    def _launch(self, command: list[str], orphan: signal.Signals) -> "subprocess.Popen[bytes]":
        user = "-" if self._uid is None else str(self._uid)
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [
                    *(sys.executable, "-I", str(LAUNCHER)),
                    *(str(os.getpid()), str(int(orphan)), user),
                    *command,
                ],
                cwd=self.folder,
                # Nothing of the caller's may bend a server: PGDATA, LD_LIBRARY_PATH, a locale.
                env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for the tests, which then stop the server
            )

    def _run(self, command: list[str]) -> None:
        """Run a program of the server's to its end, as the server's user."""
        process = self._launch(command, signal.SIGKILL)
        try:
            failed = process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            failed = process.wait()
        if failed:
            raise ServiceError(f"{command[0]} failed; it says:\n{self._log_tail()}")

    def _end(self, first: signal.Signals) -> None:
        if self._process is None:
            return
        for number in (first, self.orphan_signal, signal.SIGKILL):
            if self._process.poll() is not None:
                return
            self._process.send_signal(number)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                continue

    def _log_tail(self) -> str:
        if not self._log.exists():
            return "(nothing)"
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-15:])

    def _readable(self, programs: Programs) -> Programs:
        """Return programs that the server's user can run: a copy, if they lie in a private home."""
        if self._uid is None or programs.root is None or account.is_reachable(programs.folder):
            return programs
        copy = self.folder / "programs"
        for part in programs.tree:
            account.hand_over(programs.root / part, copy / part, self._uid)
        for folder in (copy, *(copy / part for part in programs.tree)):
            folder.chmod(0o755)
        return Programs(copy / programs.folder.relative_to(programs.root))
