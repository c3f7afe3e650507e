"""`bin/serve`'s second half: clear errors, two processes under one command, Ctrl-C stops both."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from equipment import create_app
from equipment.core.config import Settings
from equipment.files import store
from equipment.shell.serve import make_private
from equipment.storage import db
from tests.browser.conftest import ROOT, free_port, wait_until_well

pytestmark = pytest.mark.sqlite


def command(*more: str) -> list[str]:
    return [sys.executable, "-m", "equipment.shell.serve", *more]


def environment(instance: Path) -> dict[str, str]:
    return {**os.environ, "INSTANCE": str(instance), "DATABASE_URL": ""}


def run(instance: Path, *more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(*more),
        cwd=ROOT,
        env=environment(instance),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        done = run(tmp_path / "instance", "--host", "127.0.0.1", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr.startswith(f"Port {port} on 127.0.0.1 cannot be used")


def test_a_database_newer_than_the_code_is_left_alone(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    with sqlite3.connect(instance / "tracker.db") as connection:
        connection.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)")
        connection.execute("INSERT INTO alembic_version VALUES ('9999')")
    done = run(instance, "--host", "127.0.0.1", "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith("The database is newer than this code (revision 9999).")


@pytest.mark.parametrize(
    ("name", "value"),
    [("PUBLIC_URL", "tz.example.gov.cn"), ("TRUSTED_PROXIES", "one"), ("LOCKOUT_TRIES", "0")],
)
def test_a_setting_that_cannot_be_meant_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    done = run(tmp_path / "instance", "--host", "127.0.0.1", "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith(f"{name} cannot be understood.")
    assert not (tmp_path / "instance").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = run(tmp_path / "file" / "instance", "--host", "127.0.0.1", "--port", str(free_port()))
    assert done.returncode == 1
    assert done.stderr.startswith(
        f"The folder {tmp_path / 'file' / 'instance'} cannot be made (Not a directory)."
    )


def test_a_port_that_is_none_is_named(tmp_path: Path) -> None:
    done = run(tmp_path / "instance", "--host", "127.0.0.1", "--port", "99999")
    assert done.returncode == 1
    assert done.stderr.startswith("Port 99999 on 127.0.0.1 cannot be used")


@contextmanager
def serving(log: Path, instance: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """A server that ends with the test, whatever that finds; its processes end with it."""
    with (
        log.open("w") as out,
        subprocess.Popen(
            command(*arguments),
            cwd=ROOT,
            env=environment(instance),
            stdout=out,
            stderr=out,
            start_new_session=True,
        ) as server,
    ):
        try:
            yield server
        finally:
            server.kill()


def supervised(code: str) -> subprocess.Popen[str]:
    """A supervisor whose work is `work()` of `code`, once its first process has said that it is up."""
    whole = f"import os, subprocess, sys, time\nfrom equipment.shell import supervisor\n{code}\n"
    return subprocess.Popen(
        [sys.executable, "-c", f"{whole}sys.exit(supervisor.run({{'work': work}}))"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


UP = "print(os.getpid(), flush=True)"


def lives(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def soon_gone(*processes: int) -> bool:
    until = time.monotonic() + 30
    while any(lives(process) for process in processes) and time.monotonic() < until:
        time.sleep(0.02)
    return not any(lives(process) for process in processes)


GRANDCHILD = f"def work():\n  print(subprocess.Popen(['sleep', '600']).pid)\n  {UP}\n  time.sleep(600)"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_all_and_what_they_started(number: signal.Signals) -> None:
    with supervised(f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{GRANDCHILD}") as server:
        assert server.stdout is not None
        processes = [int(server.stdout.readline()) for _ in range(2)]
        server.send_signal(number)
        assert server.wait(60) == 0
    assert soon_gone(*processes)


def test_a_killed_server_leaves_no_process_behind() -> None:
    with supervised(f"def work():\n  {UP}\n  time.sleep(600)") as server:
        assert server.stdout is not None
        process = int(server.stdout.readline())
        server.kill()
    assert soon_gone(process)


def test_a_process_that_ends_comes_again_with_pauses_and_takes_its_own_with_it() -> None:
    with supervised(GRANDCHILD) as server:
        assert (server.stdout is not None, server.stderr is not None) == (True, True)
        grandchild, first = (int(server.stdout.readline()) for _ in range(2))  # type: ignore[union-attr]
        os.kill(first, signal.SIGKILL)
        began = time.monotonic()
        _grandchild, second = (int(server.stdout.readline()) for _ in range(2))  # type: ignore[union-attr]
        took = time.monotonic() - began
        assert soon_gone(grandchild)
        os.kill(second, signal.SIGKILL)
        told = [server.stderr.readline() for _ in range(2)]  # type: ignore[union-attr]
        server.send_signal(signal.SIGTERM)
        server.wait(60)
    assert took < 2
    assert [text.partition(" s; ")[2].strip() for text in told] == [
        "it is started again.",
        "it is started again in 1 s.",
    ]


def test_a_killed_worker_and_a_killed_jobs_process_are_back_soon(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    with serving(log, tmp_path / "instance", "--host", "127.0.0.1", "--port", str(port)) as server:
        address = f"http://127.0.0.1:{port}"
        wait_until_well(f"{address}/healthz", server, 240)
        web, jobs = children_of(server.pid)
        [worker] = children_of(web)
        seconds = []
        for killed in (worker, web, jobs):
            os.kill(killed, signal.SIGKILL)
            began = time.monotonic()
            assert soon_gone(killed)
            while len(children_of(server.pid)) < 2 or killed in children_of(server.pid):
                time.sleep(0.02)
            wait_until_well(f"{address}/api/v1/ping", server, 120)
            seconds.append(time.monotonic() - began)
        everything = [server.pid, *children_of(server.pid), *children_of(children_of(server.pid)[0])]
        server.kill()
    assert soon_gone(*everything)
    assert max(seconds) < 30, seconds  # two on a quiet machine


def children_of(process: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


def test_the_first_start_prints_a_link_and_ctrl_c_stops_both_processes(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    with serving(log, tmp_path / "instance", "--host", "127.0.0.1", "--port", str(port)) as server:
        wait_until_well(f"http://127.0.0.1:{port}/healthz", server, 240)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    assert len(children) == 2
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert "/setup/" in log.read_text()


def test_what_stands_in_the_instance_is_closed_to_other_users(tmp_path: Path) -> None:
    inner = tmp_path / "files" / "ab"
    inner.mkdir(parents=True, mode=0o755)
    (inner / "photo").write_bytes(b"x")
    (inner / "photo").chmod(0o644)
    (tmp_path / "tracker.db-wal").touch(0o664)
    make_private(tmp_path)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.rglob("*")}
    assert modes == {"files": 0o700, "ab": 0o700, "photo": 0o600, "tracker.db-wal": 0o600}


def test_what_a_process_of_ours_writes_is_closed_to_other_users(settings: Settings) -> None:
    create_app(settings)
    db.engine.dispose()
    store.keep(b"x", "application/octet-stream")
    folder = settings.folder
    (folder / "anything").touch()
    open_to_others = [path.name for path in folder.rglob("*") if path.stat().st_mode & 0o077]
    assert [name for name in open_to_others if not name.startswith("tracker.db")] == []


def test_a_demonstration_whose_making_was_cut_off_is_made_from_nothing(tmp_path: Path) -> None:
    """Power went while the city's rows were in the database and demo.json was not yet: the next start must not find half a city."""
    instance, port = tmp_path / "instance", free_port()
    with serving(tmp_path / "log.txt", instance, "--demo", "--port", str(port)) as server:
        deadline = time.monotonic() + 300
        while not organisations(instance):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(server.pid, signal.SIGKILL)
    with serving(tmp_path / "log.txt", instance, "--host", "127.0.0.1", "--port", str(port)) as server:
        wait_until_well(f"http://127.0.0.1:{port}/healthz", server, 240)
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    assert (organisations(instance), "/setup/" in (tmp_path / "log.txt").read_text()) == (0, True)


def organisations(instance: Path) -> int:
    """How many are committed; none as long as there is no such table."""
    try:
        with contextlib.closing(
            sqlite3.connect(f"file:{instance / 'tracker.db'}?mode=ro", uri=True)
        ) as connection:
            return int(connection.execute("SELECT count(*) FROM organisation").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def test_tls_serves_https_that_the_local_authority_vouches_for(tmp_path: Path) -> None:
    port = free_port()
    with subprocess.Popen(
        command("--host", "127.0.0.1", "--port", str(port), "--tls"),
        cwd=ROOT,
        env=environment(tmp_path / "instance"),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            authority = tmp_path / "instance" / "tls" / "ca.crt"
            assert fetched(f"https://127.0.0.1:{port}/sign-in", authority, server) == 200
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def fetched(url: str, authority: Path, server: subprocess.Popen[bytes]) -> int:
    for _ in range(480):
        try:
            context = ssl.create_default_context(cafile=str(authority))
            with urllib.request.urlopen(url, timeout=2, context=context) as answer:
                return int(answer.status)
        except OSError:
            assert server.poll() is None
            time.sleep(0.5)
    raise AssertionError("no answer")
