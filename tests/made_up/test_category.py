"""A category is one Python file, one TOML file and one line: a made-up stage hoist with visits, in a copy of the tree, is in every room at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


def tree_with_a_hoist(into: Path) -> None:
    for folder in ("equipment", "jobs", "tests"):
        shutil.copytree(ROOT / folder, into / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for folder in ("templates", "static"):
        (into / folder).symlink_to(ROOT / folder)
    rooms = into / "equipment" / "regulation"
    for file in (HERE / "hoist").iterdir():
        shutil.copy(file, rooms)
    listed = (rooms / "categories.py").read_text("utf-8")
    line = "CATEGORIES: tuple[Category, ...] = ("
    assert line in listed
    named = f"from equipment.regulation.stage_hoist import STAGE_HOIST\n{line}\n    STAGE_HOIST,"
    (rooms / "categories.py").write_text(listed.replace(line, named), "utf-8")


@pytest.mark.sqlite
def test_a_made_up_stage_hoist_is_walked_from_the_form_to_the_public_page(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree_with_a_hoist(tree)
    done = subprocess.run(
        [sys.executable, "-m", "tests.made_up.walk_stage_hoist", str(tmp_path / "instance")],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "DATABASE_URL": ""},
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "form": True,
        "life": True,
        "dues": ["inspection", "visit_half_month"],
        "list": [True, True, False],
        "template": True,
        "import": {"added": 1},
        "label": [True, True],
        "due_list": [True, True],
        "inspection": [302, True],
        "rate": [True, 2],
        "public": [200, True],
        "rules": True,
    }


@pytest.mark.sqlite
def test_every_swipe_at_a_lift_is_judged_as_before_with_another_category_that_has_visits(
    tmp_path: Path,
) -> None:
    tree = tmp_path / "tree"
    tree_with_a_hoist(tree)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/maintenance/test_swipes.py"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": str(tree), "DATABASE_URL": ""},
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
