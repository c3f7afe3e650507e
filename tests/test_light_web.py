"""The web process stays light: what draws PDFs, writes workbooks or sends messages is loaded by the jobs process only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment.core.config import ROOT

HEAVY = (
    *("weasyprint", "py_mini_racer", "xlsxwriter", "apprise", "apscheduler", "pypdf"),
    *("python_calamine", "rfc3161_client"),
)
OWN_MB = 150  # of a process that has imported all: 145, eight of them for what only tests install


@pytest.mark.parametrize("module", HEAVY)
def test_the_web_never_imports(module: str, loaded: frozenset[str]) -> None:
    assert module not in loaded


def test_a_worker_starts_small(started: tuple[frozenset[str], int]) -> None:
    assert started[1] < OWN_MB * 1024


@pytest.fixture(scope="module")
def loaded(started: tuple[frozenset[str], int]) -> frozenset[str]:
    return started[0]


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> tuple[frozenset[str], int]:
    """Every top-level module after `import wsgi` in a process of its own, and the KiB that are its alone."""
    instance = tmp_path_factory.mktemp("web") / "instance"
    asked = "import wsgi, sys; print(' '.join(sys.modules)); print(open('/proc/self/status').read())"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "INSTANCE": str(instance), "DATABASE_URL": ""},
    )
    names, _, status = done.stdout.partition("\n")
    own = next(line.split()[1] for line in status.splitlines() if line.startswith("RssAnon"))
    return frozenset(name.split(".")[0] for name in names.split()), int(own)


def test_no_page_names_another_host() -> None:
    """Vendored files aside, nothing served may point anywhere else."""
    allowed = ("http://www.w3.org/", "https://tz.", "https://www.12315.cn")
    wrong = []
    for path in [
        *sorted(Path(ROOT / "templates").rglob("*.html")),
        *sorted(Path(ROOT / "static" / "js").rglob("*.js")),
        *sorted(Path(ROOT / "static" / "css").rglob("*.css")),
    ]:
        for line in path.read_text().splitlines():
            for word in line.replace('"', " ").replace("'", " ").replace("(", " ").split():
                if (
                    word.startswith(("http://", "https://", "//"))
                    and len(word) > 9
                    and not word.startswith(allowed)
                ):
                    wrong.append(f"{path.name}: {word}")
    assert wrong == []
