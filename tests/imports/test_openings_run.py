"""Organisations opened by a run that is cut off, fails, meets somebody else's work, or is typed in a shell: each once, with its rows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core.config import ROOT, Settings
from equipment.imports import actions as import_actions
from equipment.imports import stages as importing
from equipment.people.models import Organisation, User
from equipment.people.organisations import open_organisation
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM
from equipment.register.models import Equipment
from equipment.storage.db import session, transaction
from equipment.tasks.makers import Cancelled, Progress
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import only_batch
from tests.imports.test_import import Killed, checked
from tests.imports.test_openings import CSV, HEADER, NEW, OPENS, Kind, Sign, named, notes, opened


def many(rows: int) -> bytes:
    return (
        HEADER
        + "".join(
            f"客梯,3110362042019{n:04},物业{'甲乙丙丁戊己庚'[n % 7]}公司,快达电梯有限公司,白银区\n"
            for n in range(1, rows + 1)
        )
    ).encode()


def key_of(browser: FlaskClient, content: bytes) -> importing.Key:
    checked(browser, content, "elevator", **OPENS)
    return only_batch().organisation_id, only_batch().id


def test_a_run_that_is_cut_off_opens_nobody_twice(signed_in: Sign, supervisor: User, worker: Runner) -> None:
    key, by = key_of(signed_in(supervisor), many(300)), viewer_of(session.get_one(User, supervisor.id))
    with pytest.raises(Cancelled):
        importing.enter_file(key, Killed(50), by=by)
    assert (only_batch().state, only_batch().counts["organisations"]) == ("stopped", 8)
    importing.enter_file(key, Progress(), by=by)
    assert (
        only_batch().state,
        only_batch().counts["organisations"],
        only_batch().counts["added"],
        len(opened()),
    ) == ("done", 8, 300, 8)
    assert len(set(named())) == 7


def test_a_chunk_that_fails_takes_its_organisations_with_it(
    signed_in: Sign, supervisor: User, worker: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, by = key_of(signed_in(supervisor), many(20)), viewer_of(session.get_one(User, supervisor.id))

    def power_cut(*_: Any, **__: Any) -> None:
        assert session.scalar(select(func.count()).where(Organisation.kind == Kind.FIRM)) == 1
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(import_actions, "enter", power_cut)
        with pytest.raises(OSError):
            importing.enter_file(key, Progress(), by=by)
    assert opened() == []
    importing.enter_file(key, Progress(), by=by)
    assert (len(opened()), only_batch().counts["organisations"]) == (8, 8)


def test_who_was_put_on_file_meanwhile_is_met_not_doubled(
    signed_in: Sign, supervisor: User, worker: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, by = key_of(signed_in(supervisor), CSV), viewer_of(session.get_one(User, supervisor.id))
    reading = importing.read_rows

    def and_somebody_types(*given: Any) -> Any:
        with transaction():
            open_organisation(Kind.USE_UNIT, {"name": "万达物业(白银)有限公司", "area": make.CITY}, by=SYSTEM)
        return reading(*given)

    monkeypatch.setattr(importing, "read_rows", and_somebody_types)
    importing.enter_file(key, Progress(), by=by)
    assert opened() == [("万达物业(白银)有限公司", Kind.USE_UNIT, make.CITY), *NEW[1:]]
    assert named()[2] == ("万达物业(白银)有限公司", "快达电梯有限公司")
    assert (only_batch().counts["organisations"], notes()[4]) == (3, [])


def typed(settings: Settings, *command: str) -> str:
    """What a command of its own process says."""
    environ = {
        "PATH": os.environ["PATH"],
        "INSTANCE": settings.instance,
        "DATABASE_URL": settings.database_url,
    }
    done = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_command_line_does_it_by_the_example(app: Any, settings: Settings, tmp_path: Path) -> None:
    make.organisation(Kind.REGULATOR, "白银市市场监督管理局", area=make.CITY)
    path = tmp_path / "电梯台账.csv"
    path.write_text(
        "设备代码,设备品种,使用单位,维保单位,所属区域,层/站/门,下次检验日期\n31103620420190001,客梯,安居物业有限公司,快达电梯有限公司,白银区,12/12/12,2027-03\n",
        "utf-8",
    )
    command = (
        "jobs.import_file",
        str(path),
        "--category",
        "elevator",
        "--mapping",
        "docs/examples/elevators.toml",
        "--organisation",
        "白银市市场监督管理局",
    )
    said = typed(settings, *command, "--dry-run")
    assert "organisation to be put on file: 安居物业有限公司 (use_unit), first in row 2" in said
    assert opened() == []
    said = typed(settings, *command)
    assert "2 organisations put on file" in said
    assert opened() == [
        ("安居物业有限公司", Kind.USE_UNIT, make.COUNTY),
        ("快达电梯有限公司", Kind.FIRM, make.CITY),
    ]
    details = session.scalars(select(Equipment.details)).one()
    assert {name: details[name] for name in ("floors", "stations", "doors")} == {
        "floors": 12,
        "stations": 12,
        "doors": 12,
    }
