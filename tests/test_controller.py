"""docs/examples/controller.py plays a scale against the running application: what an integrator starts from must
lose nothing, record nothing twice, and never open a valve without a word."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from equipment.core import clock
from equipment.core.config import ROOT
from equipment.core.ids import new_id
from equipment.fills.models import Fill, Scan
from equipment.intake.actions import forget_contacts
from equipment.intake.models import Receipt
from equipment.passes import signing_keys
from equipment.passes.actions import issue_list
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, ago, hall_of

PROGRAMME = ROOT / "docs" / "examples" / "controller.py"


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("controller", PROGRAMME)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.AGAIN_S = 0.0  # type: ignore[attr-defined]
    return module


class Scale:
    """A controller with its valve, a network that can be taken away, and a server that can be made to say
    something else."""

    def __init__(self, programme: ModuleType, host: str, token: str, queue: Path) -> None:
        self.valve: list[str] = []
        self.answer = programme.Answer
        self.controller = programme.Controller(
            host,
            token,
            queue,
            open_valve=lambda: self.valve.append("open"),
            close_valve=lambda: self.valve.append("closed"),
        )
        self.lost: list[str] = []  # paths whose next answer is lost on the way
        self.said: list[Any] = []  # what is answered instead, one after another
        self.is_away = False
        self.asked: list[str] = []
        self._send = self.controller.send
        self.controller.send = self._over_network

    def _over_network(self, method: str, path: str, *more: Any, **headers: Any) -> Any:
        self.asked.append(path)
        if self.said:
            return self.said.pop(0)
        if self.is_away:
            return self.answer(0, {})
        answer = self._send(method, path, *more, **headers)
        if path in self.lost:
            self.lost.remove(path)
            return self.answer(0, {})
        return answer

    def flush(self) -> None:
        """Its pause is over."""
        self.controller.not_before = 0.0
        self.controller.flush()

    @property
    def refused(self) -> list[dict[str, Any]]:
        path = self.controller.queue.path.with_suffix(".refused")
        return [json.loads(text) for text in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture
def hall(app: Flask) -> Hall:
    forget_contacts()
    return hall_of(app)


@pytest.fixture
def scale(programme: ModuleType, hall: Hall, address: str, tmp_path: Path) -> Scale:
    return Scale(programme, address, hall.token, tmp_path / "queue.jsonl")


def recorded() -> tuple[int, int, list[tuple[str, int | None]]]:
    """(scans, receipts of results, state and net of each fill)."""
    db.session.rollback()
    scans, receipts = (db.session.scalar(select(func.count()).select_from(of)) or 0 for of in (Scan, Receipt))
    fills = db.session.execute(select(Fill.state, Fill.net_g).order_by(Fill.received_at)).all()
    return scans, receipts, [(str(state), net_g) for state, net_g in fills]


def test_a_bottle_is_filled_from_scan_to_result(hall: Hall, scale: Scale) -> None:
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    assert (scale.valve, recorded()) == (["open", "closed"], (1, 1, [("filled", 14500)]))
    assert scale.controller.queue.path.read_text() == ""


@pytest.mark.parametrize("case", ["overdue", "unknown", "no network", "revoked"])
def test_the_valve_stays_shut_without_a_yes(hall: Hall, scale: Scale, case: str) -> None:
    code = hall.bottle(inspection_due_on=make.days(-40 if case == "overdue" else 300)).label_code
    scale.is_away = case == "no network"
    if case == "revoked":
        scale.controller.token = "nobody's"
    assert not scale.controller.fill("FOREIGN-1" if case == "unknown" else code, lambda: 31000)
    assert scale.valve == []


def test_lost_answers_are_asked_for_again_and_nothing_is_recorded_twice(hall: Hall, scale: Scale) -> None:
    scale.lost = ["/fills", "/fills/batch"]
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    assert len(scale.controller.queue.messages) == 1
    scale.flush()
    assert recorded() == (1, 1, [("filled", 14500)])
    assert scale.controller.queue.messages == []


def test_what_went_in_outlives_a_restart(
    programme: ModuleType, hall: Hall, scale: Scale, address: str, tmp_path: Path
) -> None:
    """The network goes while gas flows, the controller is switched off, a line is cut in two."""

    def weigh() -> int:
        scale.is_away = True
        return 31000

    assert scale.controller.fill(hall.bottle().label_code, weigh)
    assert recorded() == (1, 0, [("open", None)])
    with scale.controller.queue.path.open("a") as file:
        file.write('{"fill_id": "0192')
    after = Scale(programme, address, hall.token, tmp_path / "queue.jsonl")
    after.flush()
    assert recorded() == (1, 1, [("filled", 14500)])
    assert after.controller.queue.path.read_text() == ""


def test_what_a_person_must_see_is_set_aside_with_its_receipt(hall: Hall, scale: Scale) -> None:
    """Kilograms for grams: the next bottle is not kept waiting."""
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31)
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    (refused,) = scale.refused
    assert (refused["message"]["gross_g"], refused["receipt"]["status"]) == (31, 422)
    assert (refused["receipt"]["fields"], bool(refused["receipt"]["hint"])) == (["gross_g"], True)
    assert recorded() == (2, 1, [("open", None), ("filled", 14500)])


def test_a_revoked_token_keeps_the_queue(hall: Hall, scale: Scale) -> None:
    scale.lost = ["/fills/batch"]
    scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    scale.controller.token = "nobody's"
    scale.flush()
    assert len(scale.controller.queue.messages) == 1
    scale.asked.clear()
    scale.controller.flush()
    assert scale.asked == []  # for a minute
    scale.controller.token = hall.token
    scale.flush()
    assert recorded() == (1, 1, [("filled", 14500)])


@pytest.mark.parametrize(
    ("status", "body", "retry_after", "pauses"),
    [
        pytest.param(429, {"code": "too_many"}, "31", (31.0, 31.0), id="too many, it says how long"),
        pytest.param(503, {"code": "busy"}, "5", (5.0, 5.0), id="busy, it says how long"),
        pytest.param(500, {"code": "fault"}, "", (2.0, 4.0), id="a fault: twice the pause each time"),
        pytest.param(502, {}, "", (2.0, 4.0), id="a proxy that says nothing"),
        pytest.param(507, {"code": "disk_full"}, "", (2.0, 4.0), id="the disk is full"),
        pytest.param(401, {"code": "unknown_sender"}, "", (60.0, 60.0), id="the token is not taken"),
        pytest.param(403, {"code": "not_allowed"}, "", (60.0, 60.0), id="not allowed"),
    ],
)
def test_it_waits_as_long_as_it_is_told(
    hall: Hall,
    scale: Scale,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    body: dict[str, Any],
    retry_after: str,
    pauses: tuple[float, float],
) -> None:
    fill_id = hall.scan(hall.bottle().label_code).get_json()["fill_id"]
    monkeypatch.setattr(scale.controller, "pause_s", 2.0)
    scale.controller.queue.add({"fill_id": fill_id, "happened_at": ago(), "gross_g": 31000})
    for pause in pauses:
        scale.said = [scale.answer(status, body, retry_after)]
        scale.flush()
        assert scale.controller.not_before - time.monotonic() == pytest.approx(pause, abs=0.5)
        assert len(scale.controller.queue.messages) == 1
    scale.flush()
    assert (scale.controller.queue.messages, recorded()) == ([], (1, 1, [("filled", 14500)]))


def test_one_bad_line_of_many_leaves_alone(hall: Hall, scale: Scale) -> None:
    ids = [hall.scan(hall.bottle().label_code).get_json()["fill_id"] for _ in range(3)]
    lines = [{"fill_id": fill_id, "happened_at": ago(), "gross_g": 31000} for fill_id in ids]
    lines.insert(1, {"fill_id": str(new_id()), "happened_at": ago(), "gross_g": 31000})
    scale.controller.queue.add(*lines)
    scale.flush()
    assert [one["receipt"]["code"] for one in scale.refused] == ["unknown_fill"]
    assert (scale.controller.queue.messages, recorded()[1]) == ([], 3)


class TestWithoutANetwork:
    """The signed list in place of an answer."""

    @pytest.fixture(autouse=True)
    def _list(self, hall: Hall, scale: Scale) -> None:
        self.bottle = hall.bottle()
        issue_list(hall.station.id)
        scale.controller.idle()
        scale.is_away = True

    def test_a_bottle_of_the_list_is_filled_and_told_later(self, hall: Hall, scale: Scale) -> None:
        assert scale.controller.fill(self.bottle.label_code, lambda: 31000)
        assert not scale.controller.fill(self.bottle.label_code, lambda: 31000)  # a moment ago
        assert not scale.controller.fill(hall.bottle().label_code, lambda: 31000)  # younger than the list
        assert scale.valve == ["open", "closed"]
        assert recorded() == (0, 0, [])
        scale.is_away = False
        scale.flush()
        assert recorded() == (1, 1, [("filled", 14500)])
        flags = db.session.scalars(select(Fill.flags)).one()
        assert ("by_list" in flags, scale.controller.queue.messages) == (True, [])

    def test_a_lost_answer_is_no_yes_twice(self, scale: Scale) -> None:
        """The scan arrived, its answer did not: the list lets the bottle be filled, and it is one fill."""
        scale.is_away = False
        scale.lost = ["/fills"] * 3
        assert scale.controller.fill(self.bottle.label_code, lambda: 31000)
        assert recorded()[2] == [("filled", 14500)]

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            pytest.param({"text": "a line more"}, "no list", id="a line was added on the disk"),
            pytest.param({"head": "expires_at"}, "no list", id="its time was moved"),
            pytest.param({"keys": []}, "no list", id="the key is not there"),
            pytest.param({"highest": "2099-01-01T00:00:00+00:00"}, "the clock shows too little", id="1970"),
        ],
    )
    def test_a_list_that_was_edited_and_a_clock_that_went_back_open_nothing(
        self,
        programme: ModuleType,
        hall: Hall,
        scale: Scale,
        address: str,
        tmp_path: Path,
        changed: dict[str, Any],
        why: str,
    ) -> None:
        path = tmp_path / "queue.passes"
        kept = json.loads(path.read_text())
        if "text" in changed:
            changed = {"text": f"{kept['text']}\nFOREIGN-1\tLPG"}
        if "head" in changed:
            changed = {"head": kept["head"].replace('"expires_at":"20', '"expires_at":"21')}
        path.write_text(json.dumps(kept | changed))
        after = Scale(programme, address, hall.token, tmp_path / "queue.jsonl")
        assert after.controller.passes.verdict(self.bottle.label_code, "LPG", "", clock.now())[1] == why
        after.is_away = True
        assert not after.controller.fill("FOREIGN-1", lambda: 31000)
        assert not after.controller.fill(self.bottle.label_code, lambda: 31000)
        assert after.valve == []

    @pytest.mark.parametrize(
        ("more", "gas", "why"),
        [({}, "LPG", ""), ({}, "O2", "another gas"), ({"hours": 100}, "LPG", "the list has run out")],
    )
    def test_the_list_says_why_not(self, scale: Scale, more: dict[str, float], gas: str, why: str) -> None:
        at = clock.now() + timedelta(**more)
        assert scale.controller.passes.verdict(self.bottle.label_code, gas, "", at)[1] == why

    def test_a_newer_list_comes_as_what_differs_and_an_unchanged_one_not_at_all(
        self, hall: Hall, scale: Scale
    ) -> None:
        scale.is_away = False
        before, younger = scale.controller.passes.text, hall.bottle()
        scale.controller.idle()
        assert scale.controller.passes.text == before
        issue_list(hall.station.id)
        scale.controller.idle()
        passes = scale.controller.passes
        assert passes.text.count("\n") == 1
        assert passes.verdict(younger.label_code, "LPG", "", clock.now())[1] == ""
        assert [path for path in scale.asked if "?base=" in path] != []

    def test_a_list_signed_by_another_is_not_taken(
        self, hall: Hall, scale: Scale, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        before = scale.controller.passes.head_text
        scale.is_away = False
        hall.bottle()
        issue_list(hall.station.id)
        monkeypatch.setattr(signing_keys, "_seeds", ("0f" * 32,))
        scale.controller.idle()
        assert scale.controller.passes.head_text == before


def test_it_runs_as_a_programme(hall: Hall, address: str, tmp_path: Path) -> None:
    bottles = f"{hall.bottle().label_code} 31000\n{hall.bottle(inspection_due_on=make.days(-40)).label_code} 31000\n"
    command = [sys.executable, str(PROGRAMME), address, hall.token, str(tmp_path / "queue.jsonl")]
    ran = subprocess.run(
        command,
        input=bottles,
        env={"no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    printed = ran.stdout.splitlines()
    assert printed[:3] == ["valve open", "valve closed", "filled"]
    assert printed[-1] == "not filled"
    assert printed[3].startswith("R07 ")
