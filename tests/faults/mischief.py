"""Ways to break a running installation; each mends what it broke before it returns."""

import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.installation import Installation, ServiceProcess


@contextmanager
def storage_taken_away(installation: Installation) -> Iterator[None]:
    """Have a file in the folder's place: nothing can be stored there, even by root."""
    files = installation.files
    away = files.with_name("files.away")
    files.rename(away)
    files.touch()
    try:
        yield
    finally:
        files.unlink()
        away.rename(files)


class Mischief:
    """Breaks one thing after another: each in turn, in an order that the dice decide."""

    def __init__(self, installation: Installation, dice: random.Random) -> None:
        self.installation = installation
        self.dice = dice
        self.web = installation.start_web()
        self.scheduler = installation.start_scheduler()
        self.workers = [installation.start_worker(f"worker-{name}") for name in ("a", "b")]
        self.done: list[str] = []
        self._busy = threading.Lock()
        self._deck: list = []

    def do_one(self) -> None:
        """Break one thing."""
        if not self._deck:
            self._deck = [
                self.kill_a_worker,
                self.kill_a_worker,
                self.freeze_a_worker,
                self.flush_redis,
                self.restart_redis,
                self.restart_postgresql,
                self.take_storage_away,
                self.kill_the_scheduler,
                self.kill_the_web,
                self.stop_the_web,
            ]
            self.dice.shuffle(self._deck)
        act = self._deck.pop()
        self.done.append(act.__name__)
        with self._busy:
            act()

    @contextmanager
    def supervised(self) -> Iterator[None]:
        """Start again whatever ends by itself while the block runs."""
        over = threading.Event()
        supervisor = threading.Thread(target=self._supervise, args=(over,))
        supervisor.start()
        try:
            yield
        finally:
            over.set()
            supervisor.join()

    def _supervise(self, over: threading.Event) -> None:
        while not over.wait(0.3):
            with self._busy:
                for process in (self.web, self.scheduler, *self.workers):
                    if process.process.poll() is not None:
                        process.restart()

    def kill_a_worker(self) -> None:
        self._kill(self.dice.choice(self.workers))

    def freeze_a_worker(self) -> None:
        """For longer than a lease: it comes back as a zombie."""
        worker = self.dice.choice(self.workers)
        if worker.process.poll() is None:
            worker.send(signal.SIGSTOP)
            time.sleep(3.0)
            worker.send(signal.SIGCONT)

    def flush_redis(self) -> None:
        self.installation.redis.flush()

    def restart_redis(self) -> None:
        self.installation.redis.kill()
        time.sleep(self.dice.uniform(0.1, 1.0))
        self.installation.redis.restart()

    def restart_postgresql(self) -> None:
        self.installation.postgres.kill()
        time.sleep(self.dice.uniform(0.1, 1.0))
        self.installation.postgres.restart()

    def take_storage_away(self) -> None:
        if self.installation.files.is_dir():
            with storage_taken_away(self.installation):
                time.sleep(self.dice.uniform(0.2, 1.5))

    def kill_the_scheduler(self) -> None:
        self._kill(self.scheduler)

    def kill_the_web(self) -> None:
        self._kill(self.web)

    def stop_the_web(self) -> None:
        """As an operator does for an update."""
        if self.web.process.poll() is None:
            self.web.stop()
        self.web.restart()

    def _kill(self, process: ServiceProcess) -> None:
        if process.process.poll() is None:
            process.kill()
        time.sleep(self.dice.uniform(0.0, 0.5))
        process.restart()
