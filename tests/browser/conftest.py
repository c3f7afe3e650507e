"""A real server with the demonstration city, and a real Chromium (Debian's) in front of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The demonstration as `bin/serve --demo` makes it; what demo.json says, with `address`."""
    instance, port = tmp_path_factory.mktemp("demo") / "instance", free_port()
    env = {**os.environ, "INSTANCE": str(instance), "DATABASE_URL": ""}
    with (
        open(instance.parent / "log.txt", "w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "equipment.shell.serve", "--demo", "--port", str(port)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=log,
        ) as server,
    ):
        try:
            wait_until_well(f"http://127.0.0.1:{port}/healthz", server, 240)
            yield json.loads((instance / "demo.json").read_text()) | {
                "address": f"http://127.0.0.1:{port}",
                "instance": str(instance),
            }
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(60)


def wait_until_well(url: str, server: subprocess.Popen[Any], seconds: int) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.5)
    code = server.poll()
    server.kill()  # or whoever leaves its block waits for it without end
    raise AssertionError(f"the server did not become well (exit code {code})")
