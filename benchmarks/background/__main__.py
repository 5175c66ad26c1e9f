"""``make bench-background``: the costs of claiming, housekeeping and webhooks, on PostgreSQL.

Each measure runs in a process with servers of its own.
"""

import argparse
import subprocess
import sys
from importlib import import_module

from benchmarks.background.services import services

_MEASURES = {
    "claims": "benchmarks.background.claims",
    "housekeeping": "benchmarks.background.housekeeping",
    "webhooks": "benchmarks.background.webhooks",
}
"""Modules with a function ``measure(scale)``, imported once Django is set up."""


def main() -> int:
    """Print each figure as soon as it is measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=_MEASURES)
    parser.add_argument("--scale", type=float, default=1.0, help="of the numbers of rows")
    asked = parser.parse_args()
    if asked.only is None:
        command = [sys.executable, "-m", "benchmarks.background", "--scale", str(asked.scale)]
        ends = [subprocess.run([*command, "--only", name], check=False) for name in _MEASURES]
        return max(end.returncode for end in ends)
    with services():
        for row in import_module(_MEASURES[asked.only]).measure(asked.scale):
            print(row, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
