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
from pathlib import Path

import pytest

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


def test_what_a_server_has_started_itself_ends_with_it(tmp_path: Path) -> None:
    """A server that dies at once leaves its worker behind; the worker would hold the port against the next start."""
    grandchild = tmp_path / "grandchild"
    script = f"import subprocess; open({str(grandchild)!r}, 'w').write(str(subprocess.Popen(['sleep', '600']).pid))"
    code = f"import sys; from equipment.shell.serve import run; sys.exit(run([[sys.executable, '-c', {script!r}]], {{}}))"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=120).returncode == 1
    state = Path(f"/proc/{grandchild.read_text()}/stat")
    assert not state.exists() or state.read_text().split()[2] == "Z"


def test_a_script_that_started_it_in_the_background_stops_it_like_a_terminal() -> None:
    """Shells start background work deaf to Ctrl-C's signal; whoever sends it still means it."""
    code = "import sys; from equipment.shell.serve import run; print('up', flush=True); sys.exit(run([['sleep', '600']], {}))"
    with subprocess.Popen(
        [sys.executable, "-c", f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {code}"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    ) as server:
        assert server.stdout is not None
        server.stdout.readline()
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        while not children.read_text():
            time.sleep(0.05)
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0


def test_the_first_start_prints_a_link_and_ctrl_c_stops_both_processes(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log.txt"
    with (
        log.open("w") as out,
        subprocess.Popen(
            command("--host", "127.0.0.1", "--port", str(port)),
            cwd=ROOT,
            env=environment(tmp_path / "instance"),
            stdout=out,
            stderr=out,
        ) as server,
    ):
        wait_until_well(f"http://127.0.0.1:{port}/healthz", server, 60)
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0
    assert len(children) == 2
    assert [pid for pid in children if Path(f"/proc/{pid}").exists()] == []
    assert "/setup/" in log.read_text()


def test_a_demonstration_whose_making_was_cut_off_is_made_from_nothing(tmp_path: Path) -> None:
    """Power went while the city's rows were in the database and demo.json was not yet: the next start must not find half a city."""
    instance, port = tmp_path / "instance", free_port()
    with (
        (tmp_path / "log.txt").open("w") as log,
        subprocess.Popen(
            command("--demo", "--port", str(port)),
            cwd=ROOT,
            env=environment(instance),
            stdout=log,
            stderr=log,
            start_new_session=True,
        ) as server,
    ):
        deadline = time.monotonic() + 300
        while not organisations(instance):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        os.killpg(server.pid, signal.SIGKILL)
    with (
        (tmp_path / "log.txt").open("w") as log,
        subprocess.Popen(
            command("--host", "127.0.0.1", "--port", str(port)),
            cwd=ROOT,
            env=environment(instance),
            stdout=log,
            stderr=log,
        ) as server,
    ):
        wait_until_well(f"http://127.0.0.1:{port}/healthz", server, 120)
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
    for _ in range(120):
        try:
            context = ssl.create_default_context(cafile=str(authority))
            with urllib.request.urlopen(url, timeout=2, context=context) as answer:
                return int(answer.status)
        except OSError:
            assert server.poll() is None
            time.sleep(0.5)
    raise AssertionError("no answer")
