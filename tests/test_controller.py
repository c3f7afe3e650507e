"""docs/examples/controller.py plays a scale against the running application: what an integrator starts from must
lose nothing, record nothing twice, and never open a valve without a word."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from equipment.core.config import ROOT
from equipment.fills.models import Fill, Scan
from equipment.intake.models import Receipt
from equipment.storage import db
from tests import make
from tests.fills.conftest import Hall, hall_of

PROGRAMME = ROOT / "docs" / "examples" / "controller.py"
SILENCE: tuple[int, dict[str, Any]] = (0, {})


@pytest.fixture(scope="module")
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("controller", PROGRAMME)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.AGAIN_S = 0  # type: ignore[attr-defined]
    return module


class Scale:
    """A controller with its valve, and a network that can be taken away."""

    def __init__(self, programme: ModuleType, host: str, token: str, queue: Path) -> None:
        self.valve: list[str] = []
        self.controller = programme.Controller(
            host,
            token,
            queue,
            open_valve=lambda: self.valve.append("open"),
            close_valve=lambda: self.valve.append("closed"),
        )
        self.lost: list[str] = []  # methods whose next answer is lost on the way
        self.is_away = False
        self._send = self.controller.send
        self.controller.send = self._over_network

    def _over_network(self, method: str, path: str, body: Any = None) -> Any:
        if self.is_away:
            return SILENCE
        answer = self._send(method, path, body)
        if method in self.lost:
            self.lost.remove(method)
            return SILENCE
        return answer


@pytest.fixture
def hall(app: Flask) -> Hall:
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
    scale.lost = ["POST", "PUT"]
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    assert len(scale.controller.queue.messages) == 1
    scale.controller.flush()
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
    after.controller.flush()
    assert recorded() == (1, 1, [("filled", 14500)])
    assert after.controller.queue.path.read_text() == ""


def test_what_a_person_must_see_is_set_aside_with_its_answer(hall: Hall, scale: Scale) -> None:
    """Kilograms for grams: the next bottle is not kept waiting."""
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31)
    assert scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    refused = scale.controller.queue.path.with_suffix(".refused").read_text()
    assert (refused.count("\n"), '"gross_g"' in refused, '"status": 422' in refused) == (1, True, True)
    assert recorded() == (2, 1, [("open", None), ("filled", 14500)])


def test_a_revoked_token_keeps_the_queue(hall: Hall, scale: Scale) -> None:
    scale.lost = ["PUT"]
    scale.controller.fill(hall.bottle().label_code, lambda: 31000)
    scale.controller.token = "nobody's"
    scale.controller.flush()
    assert len(scale.controller.queue.messages) == 1


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
