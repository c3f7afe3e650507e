"""A slice is one folder and one line: a made-up one (model, page, API route, card, menu entry, due kind, reminder, moment, nightly job, command) works beside the others."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


@pytest.mark.sqlite
def test_a_made_up_slice_works_without_touching_another_file(tmp_path: Path) -> None:
    paths = os.pathsep.join((str(HERE), str(ROOT)))
    done = subprocess.run(
        [sys.executable, str(HERE / "walk.py"), str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": paths, "DATABASE_URL": ""},
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "api": 200,
        "in_specification": True,
        "night": {"planned": 1},
        "page": [200, True],
        "stranger": 302,
        "menu": True,
        "card": True,
        "moment": True,
        "notices": ["Rehearsal at %(piece)s"],
        "command": "2 rehearsals",
        "timetable": True,
        "changed": 1,
        "due": ["30 days, 0:00:00"],
        "dues": True,
    }
