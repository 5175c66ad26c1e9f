import errno
import io
import re
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from inference.audio.decode import probe
from tests.embedded.service import ROOT, EmbeddedService
from tests.faults.installation import ENGINE, wait_for
from voiceclone.embedded.preflight import home_from_environment

pytestmark = pytest.mark.xdist_group("embedded")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedService]:
    running = EmbeddedService(tmp_path_factory.mktemp("embedded") / "home").start()
    yield running
    running.close()


def test_the_printed_commands_clone_a_voice_and_have_it_speak(
    service: EmbeddedService, tmp_path: Path
) -> None:
    done = pasted(printed_commands(service), tmp_path)
    assert done.returncode == 0, done.stderr
    info = probe(io.BytesIO((tmp_path / "speech.mp3").read_bytes()))
    assert info.container == "mp3"
    assert info.duration > 1
    assert service.demo().credits() == 100_000 - 1000 - len("Hello! This is my new voice.")


def test_the_printed_commands_end_at_once_with_a_wrong_key(
    service: EmbeddedService, tmp_path: Path
) -> None:
    commands = re.sub(r"KEY=\$\(cat .*\)", "KEY=vc_wrong", printed_commands(service))
    done = pasted(commands, tmp_path)
    assert done.returncode != 0
    assert '"error"' in done.stderr
    assert "the voice was not cloned" in done.stderr
    assert list(tmp_path.iterdir()) == []


def printed_commands(service: EmbeddedService) -> str:
    said = service.said()
    end = "ls -l speech.mp3\n)"
    commands = said[said.index("( # ends") : said.index(end) + len(end)]
    return commands.replace("samples/voice.mp3", str(ROOT / "samples" / "voice.mp3"))


def pasted(commands: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        ["bash", "-c", commands],
        cwd=folder, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def test_the_key_is_for_its_owner_alone(service: EmbeddedService) -> None:
    for name in ("demo-key", "demo-password", "secret-key"):
        assert stat.S_IMODE((service.home / name).stat().st_mode) == 0o600


def test_what_it_keeps_is_for_its_owner_alone(service: EmbeddedService) -> None:
    assert stat.S_IMODE(service.home.stat().st_mode) == 0o700
    open_to_others = [
        path for path in service.home.rglob("*") if stat.S_IMODE(path.stat().st_mode) & 0o077
    ]
    assert open_to_others == []


def test_it_listens_on_loopback_alone(service: EmbeddedService) -> None:
    with Path("/proc/net/tcp").open() as table:
        listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    ours = [address for address in listening if address.endswith(f":{service.port:04X}")]
    assert ours == [f"0100007F:{service.port:04X}"]


def test_a_second_instance_is_kept_out_of_the_same_home(service: EmbeddedService) -> None:
    assert "in use by another instance" in service.refuses_to_start()


def test_a_port_in_use_is_one_clear_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = EmbeddedService(tmp_path / "home").refuses_to_start(PORT=str(port))
    assert f"port {port}" in said
    assert "is in use" in said


@pytest.mark.parametrize("port", ["none", "0", "70000", "-1"])
def test_a_port_that_is_none_is_one_clear_line(tmp_path: Path, port: str) -> None:
    said = EmbeddedService(tmp_path / "home").refuses_to_start(PORT=port)
    assert "PORT must be a number from 1 to 65535" in said


def test_a_home_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    assert "cannot write to" in EmbeddedService(blocked / "home").refuses_to_start()


def test_a_home_without_room_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def write(path: Path, _data: bytes) -> None:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write)
    monkeypatch.setenv("VOICECLONE_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit):
        home_from_environment(tmp_path)
    said = capsys.readouterr().err
    assert said.startswith(f"voiceclone: cannot write to {tmp_path / 'home'} (No space left")
    assert len(said.splitlines()) == 1
    assert list((tmp_path / "home").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("SIGNUP_CREDITS", "many", "SIGNUP_CREDITS must be a whole number"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL must be a level such as INFO"),
        ("VOICECLONE_PUBLIC_URL", "voice.example.com", "VOICECLONE_PUBLIC_URL must read like"),
        ("JOB_LEASE_SECONDS", "-1", "JOB_LEASE_SECONDS must be greater than 0"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(
    tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    said = EmbeddedService(tmp_path / "home").refuses_to_start(**{name: value})
    assert complaint in said


def test_an_engine_that_cannot_run_here_is_one_clear_line(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "home")
    assert "There is no engine 'siri'" in service.refuses_to_start(VOICECLONE_ENGINE="siri")
    said = service.refuses_to_start(
        libraries_talk=True,
        VOICECLONE_ENGINE="chatterbox",
        CHATTERBOX_CHECKPOINT=str(tmp_path / "weights"),
    )
    assert str(tmp_path / "weights") in said


def test_settings_of_the_other_way_to_run_are_refused(tmp_path: Path) -> None:
    said = EmbeddedService(tmp_path / "home").refuses_to_start(REDIS_URL="redis://localhost")
    assert "REDIS_URL is set" in said


def test_killed_in_mid_job_and_started_again_it_finishes_and_bills_once(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "home", VOICECLONE_ENGINE=ENGINE)
    try:
        demo = service.start().demo()
        speech = demo.say("Do not lose me. {slow 8}", demo.system_voice())
        time.sleep(0.8)
        service.kill()
        service.start()
        demo = service.demo()
        ended = demo.ended(speech)
        assert ended["status"] == "COMPLETED"
        assert demo.entries(speech) == ["charge"]
        assert service.interrupt() == 0
    finally:
        service.close()


def test_sigterm_ends_it_as_cleanly_as_ctrl_c(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "home").start()
    try:
        ready = requests.get(f"{service.url}/readyz", timeout=10).json()
        assert ready["workers"] == 1
        assert service.interrupt(signal.SIGTERM) == 0
        assert "stopping" in service.said()
        assert service.query("SELECT count(*) FROM inference_workerprocess") == [(0,)]
    finally:
        service.close()


def test_a_hung_engine_is_ended_by_beginning_anew(tmp_path: Path) -> None:
    service = EmbeddedService(
        tmp_path / "home",
        VOICECLONE_ENGINE=ENGINE,
        JOB_LEASE_SECONDS="1",
        REAPER_SECONDS="0.5",
    )
    try:
        demo = service.start().demo()
        speech = demo.say(f"Hm. {{hang once {tmp_path}/hung}}", demo.system_voice())
        wait_for(lambda: "engine_hangs" in service.said(), seconds=30, what="the watchdog")
        wait_for(service._is_up, seconds=30, what="it to be up again")
        assert demo.ended(speech)["status"] == "COMPLETED"
        assert demo.entries(speech) == ["charge"]
    finally:
        service.close()


def test_a_dead_engine_is_replaced_while_the_service_goes_on(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "home", VOICECLONE_ENGINE=ENGINE, JOB_RETRY_SECONDS="0.1")
    try:
        demo = service.start().demo()
        speech = demo.say(f"Hm. {{die once {tmp_path}/dead}} Again.", demo.system_voice())
        assert demo.ended(speech)["status"] == "COMPLETED"
        assert demo.entries(speech) == ["charge"]
        assert service.said().count("engine_died") == 1, "it does not spin"
        assert "restarting_because" not in service.said()
        again = demo.ended(demo.say("And once more.", demo.system_voice()))
        assert again["status"] == "COMPLETED"
    finally:
        service.close()


def test_ctrl_c_ends_it_cleanly_and_a_second_start_keeps_everything(tmp_path: Path) -> None:
    service = EmbeddedService(tmp_path / "home")
    try:
        service.start()
        key = (service.home / "demo-key").read_text()
        before = service.demo().credits()
        assert service.interrupt() == 0
        assert "Traceback" not in service.said()
        began = time.monotonic()
        service.start()
        assert time.monotonic() - began < 20
        assert (service.home / "demo-key").read_text() == key
        assert service.demo().credits() == before == 100_000
        assert re.search(r"http://127\.0\.0\.1:\d+", service.said())
    finally:
        service.close()
