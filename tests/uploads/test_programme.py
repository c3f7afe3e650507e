"""docs/examples/firm.py plays a firm's system against the running application: its first upload, with the network
lost on the way, and what was refused set aside for a person."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from equipment.core.config import ROOT
from equipment.maintenance.models import Visit, VisitPhoto
from equipment.storage import db
from tests import make
from tests.maintenance.place import CODE, codes
from tests.uploads.conftest import FirmSystem, ago, answers, drawn, picture

PROGRAMME = ROOT / "docs" / "examples" / "firm.py"


@pytest.fixture
def programme() -> ModuleType:
    spec = importlib.util.spec_from_file_location("firm", PROGRAMME)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.PAUSE_S = 0.0  # type: ignore[attr-defined]
    return module


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "WX-1.json").write_text(json.dumps(answers()))
    (tmp_path / "room.jpg").write_bytes(picture().getvalue())
    (tmp_path / "ink.png").write_bytes(drawn().getvalue())
    return tmp_path


def visit_row(number: str = "WX-1", lift: str = CODE, hours: float = 3) -> str:
    times = f"{ago(hours).isoformat()} {ago(hours - 0.7).isoformat()}"
    return f"visit {number} {lift} visit_half_month {times} P-1,P-2 WX-1.json"


def people(system: FirmSystem) -> list[str]:
    rows = []
    for number, who, paper in (("P-1", system.at.anna, "T-71"), ("P-2", system.at.bo, "T-72")):
        days = f"{make.days(-30)} {make.days(900)}"
        rows.append(f"person {number} {who.name} {who.mobile} {paper} {days}")
    return rows


def test_a_first_upload_from_its_technicians_to_the_signature(
    system: FirmSystem, address: str, folder: Path
) -> None:
    rows = [
        *people(system),
        visit_row(),
        f"photo WX-1 {codes()[0]} room.jpg",
        visit_row("WX-2", "NOBODY-1"),
        "sign WX-1 安全员 ink.png",
        "ask WX-1",
        "lifts",
        f"checklist {system.at.lift.id} visit_half_month",
    ]
    ran = subprocess.run(
        [sys.executable, str(PROGRAMME), address, system.token, "queue.jsonl"],
        cwd=folder,
        input="\n".join(rows),
        env={"PYTHONUTF8": "1", "no_proxy": "127.0.0.1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    told = ran.stdout.splitlines()
    assert [row.split()[:2] for row in told[:6]] == [
        ["201", "/people"],
        ["201", "/people"],
        ["201", "/visits"],
        ["201", "/visits/WX-1/photos"],
        ["422", "/visits"],
        ["200", "/visits/WX-1/signature"],
    ]
    asked, _lifts, items = map(json.loads, told[6:])
    assert (asked["record_id"], asked["state"], asked["counted"]) == ("WX-1", "on_site", True)
    assert {item["code"] for item in items["items"]} == {one["code"] for one in answers()}
    (refused,) = (folder / "queue.refused").read_text("utf-8").splitlines()
    assert list(json.loads(refused)["answer"]["fields"]) == ["lift"]
    assert (folder / "queue.jsonl").read_text() == ""


def test_a_lost_answer_is_asked_for_again_and_nothing_is_recorded_twice(
    programme: ModuleType, system: FirmSystem, address: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    sender = programme.FirmSystem(address, system.token, folder / "queue.jsonl")
    request, lost = sender.request, {"/people": 1, "/visits": 2, "/visits/WX-1/photos": 1}

    def over_network(method: str, path: str, message: Any) -> Any:
        answer = request(method, path, message)
        if lost.get(path):
            lost[path] -= 1
            return 0, {}, 0.0  # recorded, and the answer lost on the way
        return answer

    sender.request = over_network
    for row in (*people(system), visit_row(), f"photo WX-1 {codes()[0]} room.jpg"):
        sender.say(row)
    again = programme.FirmSystem(address, system.token, folder / "queue.jsonl")
    assert len(again.messages) == 4  # whatever happens to the programme
    told = [row.split()[0] for row in sender.send()]
    assert told.count("no") == 4
    assert [word for word in told if word != "no"] == ["200", "201", "200", "200"]
    db.session.rollback()
    counts = [db.session.scalar(select(func.count()).select_from(model)) for model in (Visit, VisitPhoto)]
    assert counts == [1, 1]
