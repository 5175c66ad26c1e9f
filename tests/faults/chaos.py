"""``make chaos``: break a running service for a while, then look for anything lost.

First a whole installation of many processes, then the embedded service, which is killed
as a whole and started again.
"""

import argparse
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.embedded.service import EmbeddedService
from tests.faults.customers import Customer
from tests.faults.errands import WAIT_SECONDS, run_errand
from tests.faults.installation import ENGINE, Installation, Tenant
from tests.faults.losses import losses
from tests.faults.mischief import Mischief
from tests.faults.own_server import OwnServer

TENANTS = ("Ada", "Grace", "Edsger")
_HANDS = 3
"""Requests that each customer has under way at once, at most."""
_UNLIMITED = {"RATE_LIMIT_SUBMISSIONS": "100000", "RATE_LIMIT_POLLS": "1000000"}


def run_installation(seconds: float, seed: int, jobs: int) -> list[str]:
    """Break an installation of many processes; returns what was lost, in sentences."""
    with OwnServer() as server, Installation(**_settings(server, attempts=5)) as installation:
        mischief = Mischief(installation, random.Random(seed))
        customers = [_customer(installation.tenant(name), server) for name in TENANTS]

        def break_something() -> None:
            mischief.do_one()
            time.sleep(mischief.dice.uniform(0.2, 1.5))

        with mischief.supervised():
            with _Customers(customers, installation.folder, seconds, jobs, seed):
                _break_for(seconds, break_something)
            faults = sorted(Counter(mischief.done).items())
            print("faults:", ", ".join(f"{name} {count}" for name, count in faults))
            return losses(installation, customers)


def run_embedded(seconds: float, seed: int, jobs: int) -> list[str]:
    """Kill the embedded service as a whole, again and again; returns what was lost."""
    settings = {"VOICECLONE_ENGINE": ENGINE, "REAPER_SECONDS": "0.5", "JOB_RETRY_SECONDS": "0.01"}
    dice = random.Random(seed)
    kills = 0
    with OwnServer() as server, tempfile.TemporaryDirectory() as folder:
        settings |= _settings(server, attempts=50)
        short = {"JOB_LEASE_SECONDS": "2"}
        service = EmbeddedService(Path(folder) / "home", **settings, **short, **_UNLIMITED)
        try:
            customers = [_customer(service.start().demo(), server)]

            def kill_it() -> None:
                nonlocal kills
                time.sleep(dice.uniform(1.0, 4.0))
                service.kill()
                service.start()
                kills += 1

            with _Customers(customers, Path(folder), seconds, jobs, seed):
                _break_for(seconds, kill_it)
            print(f"faults: the embedded service killed {kills} times")
            return losses(service, customers)
        finally:
            service.close()


def _settings(server: OwnServer, *, attempts: int) -> dict[str, str]:
    return {
        "JOB_MAX_ATTEMPTS": str(attempts),
        "SYNC_WAIT_SECONDS": str(WAIT_SECONDS),
        "SPEECH_WAIT_SECONDS": "30",
        "VOICECLONE_ALLOWED_FETCH_HOSTS": server.netloc,
    }


def _customer(tenant: Tenant, server: OwnServer) -> Customer:
    return Customer(tenant, tenant.system_voice(), tenant.credits(), server)


def _break_for(seconds: float, break_something: Callable[[], None]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        break_something()


class _Customers:
    """The customers' programs, submitting in even steps; leaving the block waits for them."""

    def __init__(
        self, customers: list[Customer], folder: Path, seconds: float, jobs: int, seed: int
    ) -> None:
        self._errors: list[BaseException] = []
        share = max(jobs // len(customers) // _HANDS, 1)
        self._threads = [
            threading.Thread(
                target=self._submit,
                args=(one, folder, share, seconds / share, random.Random(f"{seed} {number}")),
            )
            for number, one in enumerate(customers * _HANDS)
        ]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_exception: object) -> None:
        for thread in self._threads:
            thread.join()
        if self._errors:
            raise self._errors[0]

    def _submit(
        self, customer: Customer, folder: Path, share: int, pause: float, dice: random.Random
    ) -> None:
        try:
            for _ in range(share):
                run_errand(customer, dice, folder)
                time.sleep(pause * dice.uniform(0.5, 1.0))
        except BaseException as error:  # noqa: BLE001 - told after the join
            self._errors.append(error)


def main() -> None:
    """Run it as asked; exits 1 at any loss."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=300)
    asked = parser.parse_args()
    embedded = asked.seconds / 5
    lost = run_installation(asked.seconds - embedded, asked.seed, asked.jobs * 4 // 5)
    lost += run_embedded(embedded, asked.seed, asked.jobs // 5)
    print(f"{len(lost)} losses in {asked.seconds:.0f} s with seed {asked.seed}")
    sys.exit(1 if lost else 0)


if __name__ == "__main__":
    main()
