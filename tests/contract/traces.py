"""All that a request can leave behind: rows, credits, files, messages to workers."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import connection

from billing.models import Wallet
from inference.jobs.model import LIVE
from inference.jobs.registry import kinds

_OURS = ("accounts", "billing", "inference", "voices", "speech")


@dataclass(frozen=True)
class Traces:
    """What there is at one moment."""

    rows: dict[str, int]
    balances: dict[int, tuple[int, int]]
    files: frozenset[str]
    waking: int


def traces() -> Traces:
    """Return what there is now."""
    return Traces(
        rows=_rows(),
        balances={row.pk: (row.regular, row.permanent) for row in Wallet.objects.all()},
        files=frozenset(_files("")),
        waking=len(connection.run_on_commit),
    )


def assert_nothing_left(before: Traces, *, but: Collection[str] = ()) -> None:
    """Check that nothing was charged, queued or kept; ``but`` are tables that may have gained."""
    after = traces()
    assert after.balances == before.balances
    assert after.files == before.files
    gained = {name for name, count in after.rows.items() if count != before.rows[name]}
    assert gained == set(but)
    if not but:
        assert after.waking == before.waking
    for kind in kinds():
        assert not kind.rows().filter(state__in=LIVE).exists()


def _rows() -> dict[str, int]:
    models = [model for app in _OURS for model in apps.get_app_config(app).get_models()]
    counts = " UNION ALL ".join(
        f"SELECT '{model._meta.label_lower}', count(*) FROM {model._meta.db_table}"
        for model in models
    )
    with connection.cursor() as cursor:
        cursor.execute(counts)
        return dict(cursor.fetchall())


def _files(folder: str) -> Iterator[str]:
    if not default_storage.exists(folder):
        return  # nothing was ever stored
    folders, names = default_storage.listdir(folder)
    for name in names:
        yield f"{folder}/{name}"
    for inner in folders:
        yield from _files(f"{folder}/{inner}" if folder else inner)
