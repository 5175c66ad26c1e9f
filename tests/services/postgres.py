import signal

import psycopg
from psycopg import sql

from tests.services.binaries import Programs, find_postgres
from tests.services.server import Server

ROLE = "voiceclone"


class PostgresServer(Server):
    """A PostgreSQL with one superuser, no password and room for 200 connections."""

    name = "postgres"
    stop_signal = signal.SIGINT  # PostgreSQL's fast shutdown
    orphan_signal = signal.SIGQUIT  # its immediate one, which takes its children along

    def __init__(self, programs: Programs | None = None) -> None:
        super().__init__(programs or find_postgres())
        self._data = self.folder / "data"

    @property
    def url(self) -> str:
        """The address of the database that is there from the start."""
        return self.url_of(ROLE)

    def url_of(self, database: str) -> str:
        """Return the address of one of the server's databases."""
        return f"postgres://{ROLE}@127.0.0.1:{self.port}/{database}"

    def start(self) -> "PostgresServer":
        super().start()
        self.create_database(ROLE)
        return self

    def create_database(self, name: str) -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.url_of("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url_of(name)

    def _prepare(self) -> None:
        self._run([
            *(str(self._programs.folder / "initdb"), "-D", str(self._data)),
            *("-U", ROLE, "--auth=trust", "--encoding=UTF8", "--locale=C"),
            *("--no-sync", "--no-instructions"),
        ])  # fmt: skip

    def _command(self) -> list[str]:
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "max_connections": 200,
            "shared_buffers": "64MB",
            "timezone": "UTC",
            "jit": "off",
            # The machine does not crash in a test, so nothing need reach the disk. But
            # synchronous_commit stays on: without it a killed server forgets what it confirmed.
            "fsync": "off",
            "full_page_writes": "off",
            "wal_level": "minimal",
            "max_wal_senders": 0,
        }
        options = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(self._programs.folder / "postgres"), "-D", str(self._data), *options]

    def _ping(self) -> bool:
        try:
            psycopg.connect(self.url_of("postgres"), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True
