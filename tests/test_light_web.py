"""The web process stays light: what draws PDFs, writes workbooks or sends messages is loaded by the jobs process only."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from equipment.core.config import ROOT

HEAVY = ("weasyprint", "py_mini_racer", "xlsxwriter", "apprise", "apscheduler", "pypdf")


@pytest.mark.parametrize("module", HEAVY)
def test_the_web_never_imports(module: str, loaded: frozenset[str]) -> None:
    assert module not in loaded


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """Every top-level module after `import wsgi` in a process of its own."""
    instance = tmp_path_factory.mktemp("web") / "instance"
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi, sys; print(' '.join(sys.modules))"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "INSTANCE": str(instance), "DATABASE_URL": ""},
    )
    return frozenset(name.split(".")[0] for name in done.stdout.split())


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
