"""Child processes: their results, their faults, their caps."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from pathlib import Path

import pytest

from equipment.core.errors import Invalid
from equipment.tasks.children import (
    DIED,
    TOO_LONG,
    TOO_MUCH_MEMORY,
    ChildLimits,
    run_in_child,
    run_in_children,
)
from equipment.tasks.makers import Cancelled, Progress
from tests.tasks import drawing


def test_a_child_gives_back_what_its_function_returns() -> None:
    assert run_in_child(drawing.double, (21,)) == 42


def test_a_child_is_another_process() -> None:
    assert run_in_child(drawing.own_id) != os.getpid()


def test_results_stand_in_the_order_of_the_parts_and_each_part_counts() -> None:
    progress = Progress(total=4)
    assert (run_in_children(drawing.late, [(3,), (0,), (2,), (1,)], progress=progress), progress.shown) == (
        [3, 0, 2, 1],
        (4, 4),
    )


def test_what_a_child_raises_is_raised_here() -> None:
    with pytest.raises(ZeroDivisionError):
        run_in_child(drawing.divide, (1, 0))
    with pytest.raises(Invalid) as caught:
        run_in_child(drawing.refuse)
    assert str(caught.value.fields["rows"]) == "no rows"


def test_a_child_that_eats_too_much_dies_alone() -> None:
    with pytest.raises(Invalid) as caught:
        run_in_child(drawing.eat, (400,), memory_mb=120)
    assert caught.value.fields[""].msgid == TOO_MUCH_MEMORY


def test_a_child_that_is_killed_is_told_about() -> None:
    with pytest.raises(Invalid) as caught:
        run_in_child(drawing.die)
    assert caught.value.fields[""].msgid == DIED


def test_a_child_whose_library_aborts_needed_too_much() -> None:
    """Readers written in Rust end the process where Python would raise."""
    with pytest.raises(Invalid) as caught:
        run_in_child(os.abort, memory_mb=120, too_much="%(mb)s")
    assert str(caught.value.fields[""]) == "120"


def test_a_child_that_takes_too_long_is_ended() -> None:
    started = time.monotonic()
    with pytest.raises(Invalid) as caught:
        run_in_children(drawing.sleep, [(90,)], limits=ChildLimits(seconds=1))
    assert (caught.value.fields[""].msgid, time.monotonic() - started < 60) == (TOO_LONG, True)


def test_cancelling_kills_the_children() -> None:
    progress, started = Progress(), time.monotonic()
    threading.Timer(0.5, progress.end, (Cancelled,)).start()
    with pytest.raises(Cancelled):
        run_in_children(drawing.sleep, [(90,), (90,)], progress=progress)
    assert time.monotonic() - started < 60


def test_nothing_a_child_leaves_lying_about_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    assert Path(run_in_child(drawing.litter, (True,))).is_relative_to(tmp_path)
    with pytest.raises(Invalid):
        run_in_child(drawing.litter, (False,))
    assert list(tmp_path.iterdir()) == []
