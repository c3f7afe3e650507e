"""The tests that `bin/test quick` and the pass on PostgreSQL leave out are known by name; a name that is gone must go
from its list. What is touched runs whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.start.postgres import LONG
from tests.start.quick import SLOW, touched_slices

TESTS = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("known", [SLOW, LONG])
def test_every_slow_test_is_still_there(known: set[str]) -> None:
    files = sorted(TESTS.rglob("test_*.py"))
    names = {path.name for path in files}
    text = "".join(path.read_text() for path in files)
    names |= set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))
    assert sorted(known - names) == []


def test_a_change_touches_the_slice_it_stands_in() -> None:
    paths = ["equipment/hazards/rules.py", "templates/orders/list.html", "tests/walks/test_walk.py"]
    beside = ["equipment/slices.py", "README.md", "static/js/outbox.js", "tests/test_web.py"]
    assert touched_slices([*paths, *beside]) == {"hazards", "orders", "walks"}
