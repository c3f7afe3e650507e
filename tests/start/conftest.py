"""A project folder with the real bin/_setup, an index of its own and lock files of four small packages."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.start.index import BUILDER, Index

ROOT = Path(__file__).resolve().parents[2]
PINS = {"parent": "1.0", "models": "1.0", "checker": "1.0", "source": "1.0"}
DEBIAN = "/usr/bin/python3"  # gives a new .venv Debian's own pip: 23.0.1 of Debian 12 is the oldest supported
RUNNING = str(Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}")


class Project:
    """A project that is set up by `project.set_up()` from `project.index`."""

    def __init__(self, folder: Path, python: str) -> None:
        self.home, self.folder, self.index = folder, folder / "tracker", Index(folder / "index")
        (self.folder / "bin").mkdir(parents=True)
        shutil.copy(ROOT / "bin" / "_setup", self.folder / "bin")
        stub = folder / "stubs" / "python3"
        stub.parent.mkdir()
        stub.write_text(f'#!/bin/sh\nexec {python} "$@"\n')
        stub.chmod(0o755)
        self.index.wheel("builder", "1.0", code=BUILDER)
        self.index.wheel("parent", "1.0", ["models[mail]>=1"])
        self.index.wheel("models", "1.0", ["checker>=1; extra == 'mail'"], ["mail"])
        self.index.wheel("checker", "1.0")
        self.index.source("source", "1.0")
        self.write_lock("requirements.build.lock", {"builder": "1.0"})
        self.write_lock("requirements.lock", PINS)

    def write_lock(self, name: str, pins: dict[str, str]) -> None:
        (self.folder / name).write_text(self.index.lock(pins))

    @property
    def packages(self) -> Path:
        return next((self.folder / ".venv" / "lib").glob("python*")) / "site-packages"

    @property
    def note(self) -> Path:
        return self.folder / ".venv" / "installed"

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": f"{self.home / 'stubs'}:/usr/bin:/bin",
            "HOME": str(self.home),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index.url,
            "PIP_CACHE_DIR": str(self.home / "cache"),
        }

    def start_set_up(self, *locks: str) -> subprocess.Popen[str]:
        """The set-up of a start, as the leader of a process group of its own."""
        locks = locks or ("requirements.lock",)
        command = ["bash", "-c", '. bin/_setup; need_python "$@"', "set-up", *locks]
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            start_new_session=True,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            # tests that run in the background ignore Ctrl-C, and what they start would inherit that
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def set_up(self, *locks: str) -> tuple[int, str]:
        """The exit code of a start's set-up, and what it said."""
        process = self.start_set_up(*locks)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def ask(self, question: str) -> int:
        """The exit code of a function of bin/_setup."""
        return subprocess.run(
            ["bash", "-c", f". bin/_setup; {question}"],
            cwd=self.folder,
            env=self.environment,
            timeout=60,
            check=False,
        ).returncode

    def pip(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [".venv/bin/python", "-m", "pip", "--disable-pip-version-check", *arguments],
            cwd=self.folder,
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=300,
            check=False,
        )

    def installed(self) -> dict[str, str]:
        """The packages of .venv but the tools it began with."""
        lines = self.pip("list", "--format=freeze").stdout.split()
        return {
            name: version
            for name, version in (line.split("==") for line in lines)
            if name not in ("pip", "setuptools", "wheel", "builder")
        }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Tests of one module share it: each `.venv` takes seconds to make."""
    return Project(tmp_path_factory.mktemp("start"), RUNNING)
