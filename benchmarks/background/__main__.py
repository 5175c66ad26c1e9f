"""``make bench-background``: the costs of claiming, housekeeping and webhooks, on PostgreSQL."""

from collections.abc import Callable, Iterator

from benchmarks.background import webhooks
from benchmarks.background.rows import Row

_MEASURES: tuple[Callable[[], Iterator[Row]], ...] = (webhooks.measure,)


def main() -> None:
    """Print each figure as soon as it is measured."""
    for measure in _MEASURES:
        for row in measure():
            print(row, flush=True)


if __name__ == "__main__":
    main()
