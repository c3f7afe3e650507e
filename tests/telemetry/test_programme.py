"""docs/examples/gateway.py plays a lift's gateway against the running application: its first hour, an answer
lost on the way, a restart with its queue on disk. Nothing is lost, doubled or made up."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from equipment.core.config import ROOT
from equipment.people.models import Device
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.storage import db
from equipment.telemetry.models import GatewayFault, LiftDay, LiftEvent, LiftLink
from tests.maintenance.place import CODE, Place

PROGRAMME = ROOT / "docs" / "examples" / "gateway.py"


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("gateway", PROGRAMME)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PAUSE_S = 0.0  # type: ignore[attr-defined]
    return module


class Box:
    """A gateway in its cabinet, with a network that can be taken away or lose an answer, and a server that can
    be made to say something else."""

    def __init__(self, programme: ModuleType, host: str, token: str, queue: Path) -> None:
        self.gateway = programme.Gateway(host, token, queue)
        self.is_away = self.is_lost = False
        self.instead: list[Any] = []
        self._post = self.gateway.post
        self.gateway.post = self._over_network

    def _over_network(self, body: dict[str, Any]) -> Any:
        if self.instead:
            return self.instead.pop(0)
        answer = (0, {}, 0.0) if self.is_away else self._post(body)
        if self.is_lost:
            self.is_lost = False
            return 0, {}, 0.0
        return answer

    def says(self, *rows: str) -> list[str]:
        """What it prints of these lines, as the programme does."""
        printed = []
        for row in rows:
            printed += [why_not] if (why_not := self.gateway.say(f"{row}\n")) else []
            printed += self.gateway.send()
        return printed


@pytest.fixture
def boxes(programme: ModuleType, at: Place, gateway: tuple[Device, str], address: str, tmp_path: Path) -> Any:
    """`boxes()`: the gateway as it is switched on, each time with the same queue."""
    return lambda: Box(programme, address, gateway[1], tmp_path / "queue.jsonl")


def recorded() -> tuple[int, int, list[tuple[str, str, bool]]]:
    """(runs, door cycles, kind, code and whether it is over of each event)."""
    db.session.rollback()
    db.session.expire_all()
    days = visible(SYSTEM, LiftDay).with_only_columns(func.sum(LiftDay.runs), func.sum(LiftDay.doors))
    runs, doors = db.session.execute(days).one()
    events = db.session.scalars(visible(SYSTEM, LiftEvent).order_by(LiftEvent.happened_at))
    return runs or 0, doors or 0, [(one.kind, one.code, one.restored_at is not None) for one in events]


def test_a_first_hour_as_a_programme(
    at: Place, gateway: tuple[Device, str], address: str, tmp_path: Path
) -> None:
    rows = [
        f"{CODE} up 1200 2400",
        f"{CODE} fault door",
        f"{CODE} over door",
        f"{CODE} up 1204 2409",
        "DT-0 up 7 9",
        f"{CODE} alarm trapped",
        f"{CODE} down",
    ]
    queue = tmp_path / "queue.jsonl"
    ran = subprocess.run(
        [sys.executable, str(PROGRAMME), address, gateway[1], str(queue)],
        input="\n".join(rows),
        env={"PYTHONUTF8": "1", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert (ran.stdout.splitlines(), ran.stderr) == (
        [*["taken: 1"] * 4, "left out: unknown_lift DT-0", "taken: 0", *["taken: 1"] * 2],
        "",
    )
    assert recorded() == (4, 9, [("fault", "door", True), ("alarm", "trapped", False)])
    assert db.session.execute(select(LiftLink.in_service, LiftLink.runs)).one() == (False, 1204)
    left_out = db.session.execute(select(GatewayFault.lift, GatewayFault.fault, GatewayFault.messages)).all()
    assert left_out == [("DT-0", "unknown_lift", 1)]
    going_on, *waiting = queue.read_text("utf-8").splitlines()
    assert (list(json.loads(going_on)), waiting) == ([f"{CODE} alarm trapped"], [])


def test_a_lost_answer_is_asked_for_again_and_nothing_is_doubled(boxes: Any) -> None:
    box = boxes()
    assert box.says(f"{CODE} up 100 200") == ["taken: 1"]
    box.is_lost = True
    assert box.says(f"{CODE} up 104 209") == ["no answer: 1 messages wait"]
    box.is_lost = True
    assert box.says(f"{CODE} fault door") == ["no answer: 2 messages wait"]
    box.is_lost = True
    assert box.says(f"{CODE} over door") == ["no answer: 3 messages wait"]
    assert list(box.gateway.send()) == ["taken: 3"]
    assert recorded() == (4, 9, [("fault", "door", True)])


def test_after_a_restart_the_end_of_a_fault_still_names_it(boxes: Any) -> None:
    box = boxes()
    box.says(f"{CODE} up 100 200", f"{CODE} fault door")
    box.is_away = True
    assert box.says(f"{CODE} alarm trapped", f"{CODE} up 101 202")[-1] == "no answer: 2 messages wait"
    after = boxes()
    assert list(after.gateway.send()) == ["taken: 2"]
    assert after.says(f"{CODE} over door") == ["taken: 1"]
    assert recorded() == (1, 2, [("fault", "door", True), ("alarm", "trapped", False)])
    again = boxes()
    again.says(f"{CODE} fault door", f"{CODE} over trapped")
    assert recorded()[2] == [("fault", "door", True), ("alarm", "trapped", True), ("fault", "door", False)]


@pytest.mark.parametrize(
    ("row", "printed"),
    [
        pytest.param("over door", f"not going on: {CODE} over door", id="an end of nothing"),
        pytest.param("", f"not understood: {CODE}", id="half a line"),
        pytest.param("fault", f"not understood: {CODE} fault", id="a fault without its code"),
        pytest.param("up many", f"not understood: {CODE} up many", id="a counter that is none"),
        pytest.param("up 1 2 3", f"not understood: {CODE} up 1 2 3", id="a counter too many"),
        pytest.param("stuck door", f"not understood: {CODE} stuck door", id="an unknown word"),
    ],
)
def test_what_it_does_not_understand_is_printed_and_nothing_is_made_up(
    boxes: Any, row: str, printed: str
) -> None:
    box = boxes()
    assert box.says(f"{CODE} {row}") == [printed]
    assert (box.gateway.messages, recorded()) == ([], (0, 0, []))


def test_a_fault_of_an_unknown_code_is_left_out_and_the_next_message_taken(boxes: Any) -> None:
    box = boxes()
    assert box.says(f"{CODE} fault squeaking", f"{CODE} fault door")[-1] == "taken: 1"
    assert recorded()[2] == [("fault", "door", False)]


@pytest.mark.parametrize("status", [401, 429, 500, 502])
def test_it_waits_as_long_as_it_is_told_and_an_alarm_does_not(boxes: Any, status: int) -> None:
    box = boxes()
    box.instead = [(status, {}, 31.0)]
    assert box.says(f"{CODE} up 100 200") == [f"{status}: 1 messages wait"]
    assert box.gateway.not_before - time.monotonic() == pytest.approx(31, abs=0.5)
    assert box.says(f"{CODE} up 101 202") == []
    assert box.says(f"{CODE} alarm trapped") == ["taken: 3"]
    assert recorded() == (1, 2, [("alarm", "trapped", False)])


def test_a_revoked_token_keeps_the_queue(boxes: Any, gateway: tuple[Device, str]) -> None:
    box = boxes()
    box.gateway.token = "nobody's"
    assert box.says(f"{CODE} up 100 200") == ["401: 1 messages wait"]
    box.gateway.token = gateway[1]
    box.gateway.not_before = 0.0
    assert list(box.gateway.send()) == ["taken: 1"]
