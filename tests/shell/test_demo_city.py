"""The demonstration plays days gone by; nobody else sets the clock."""

from __future__ import annotations

import ast
from datetime import UTC, datetime, timedelta

from equipment.core import clock
from equipment.core.config import ROOT

AT = datetime(2026, 3, 1, 16, 30, tzinfo=UTC)  # half past midnight on site


def test_what_is_played_happens_then_and_the_present_comes_back() -> None:
    with clock.played(AT):
        with clock.played(AT - timedelta(days=1)):
            assert clock.today().isoformat() == "2026-03-01"
        assert (clock.now(), clock.today().isoformat()) == (AT, "2026-03-02")
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(minutes=1)


def test_only_the_demonstration_plays() -> None:
    playing = {
        str(path.parent.relative_to(ROOT))
        for path in (*(ROOT / "equipment").rglob("*.py"), *(ROOT / "jobs").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr == "played"
    }
    assert playing == {"equipment/shell/demo"}
