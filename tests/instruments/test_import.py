"""Instruments by workbook: what each row would be, what is entered, the certificates of a list that a
body filled in, the template itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.imports.instrument_rows import InstrumentReader, enter_instrument
from equipment.imports.instrument_rules import HEADINGS, InstrumentRow, column_keys
from equipment.imports.instrument_work import OWN_HEADINGS, blank, read_instruments
from equipment.imports.reading import read_sheet
from equipment.imports.states import RowState
from equipment.instruments.listing import ROW_COLUMNS
from equipment.instruments.models import Instrument, Verification
from equipment.storage import db
from equipment.tasks.models import Task
from equipment.tasks.sheets import Table, TableColumn
from equipment.tasks.workbooks import workbook
from equipment.web.language import translate
from tests import make
from tests.instruments.test_instruments import Town, fresh

ZH = "zh_Hans_CN"
NEW = {"organisation": "银杏热力", "kind": "压力表", "name": "锅炉压力表", "number": "Y-7"}
PAPER = {
    "certificate": "YL-1",
    "verified_on": make.days(-3).isoformat(),
    "valid_until": make.days(170).isoformat(),
    "body": "市计量所",
}


@pytest.fixture
def town(app: Flask) -> Town:
    return Town()


def judged(town: Town, *rows: dict[str, str], who: str = "supervisor") -> list[Any]:
    reader = InstrumentReader([lambda text: translate(text, ZH)], clock.today(), by=town.by(who))
    return reader.read([InstrumentRow(number, row) for number, row in enumerate(rows, 2)])


@pytest.mark.parametrize(
    ("row", "state", "columns"),
    [
        (NEW, RowState.ADDED, []),
        (NEW | PAPER, RowState.ADDED, []),
        (NEW | {"kind": "电子秤"}, RowState.ADDED, []),
        (NEW | {"kind": "水表"}, RowState.REFUSED, ["kind"]),
        (NEW | {"organisation": "靖远热力"}, RowState.REFUSED, ["organisation"]),  # of another county
        (NEW | {"number": ""}, RowState.REFUSED, ["number"]),
        (NEW | {"kind": ""}, RowState.REFUSED, ["kind"]),
        (NEW | {"statutory": "也许"}, RowState.REFUSED, ["statutory"]),
        (NEW | PAPER | {"valid_until": ""}, RowState.REFUSED, ["valid_until"]),
        (NEW | PAPER | {"valid_until": "", "result": "不合格"}, RowState.ADDED, []),
        (NEW | PAPER | {"verified_on": "昨天"}, RowState.REFUSED, ["verified_on"]),
        (NEW | PAPER | {"verified_on": make.days(2).isoformat()}, RowState.REFUSED, ["verified_on"]),
        (NEW | PAPER | {"body": ""}, RowState.REFUSED, ["body"]),
        (NEW | PAPER | {"result": "差不多"}, RowState.REFUSED, ["result"]),
        ({"organisation": "银杏热力", "number": "G1"}, RowState.KNOWN, []),
        ({"organisation": "银杏热力", "number": "G1", **PAPER}, RowState.CHANGED, []),
    ],
)
def test_what_a_row_would_be(town: Town, row: dict[str, str], state: RowState, columns: list[str]) -> None:
    one = judged(town, row)[0]
    assert (one.state, [fault.column for fault in one.faults]) == (state, columns)


def test_the_same_number_twice_is_refused_the_second_time(town: Town) -> None:
    assert [one.state for one in judged(town, NEW, NEW)] == [RowState.ADDED, RowState.REFUSED]


def test_rows_are_entered_and_entering_them_again_finds_them_on_file(town: Town) -> None:
    rows = (NEW | PAPER, {"organisation": "银杏热力", "number": "G1", **PAPER, "certificate": "YL-2"})
    for one in judged(town, *rows):
        with db.transaction():
            enter_instrument(one, by=town.by("supervisor"))
    entered = db.session.scalars(select(Verification).order_by(Verification.number)).all()
    assert [row.number for row in entered] == ["YL-1", "YL-2"]
    gauge = db.session.scalars(select(Instrument).where(Instrument.number == "Y-7")).one()
    assert (gauge.name, gauge.verified_until) == ("锅炉压力表", make.days(170))
    assert fresh(town.gauge).verified_until == make.days(170)
    assert [one.state for one in judged(town, *rows)] == [RowState.KNOWN, RowState.KNOWN]


def test_a_unit_brings_its_own_alone(town: Town) -> None:
    own = {key: text for key, text in NEW.items() if key != "organisation"}
    states = [one.state for one in judged(town, own, NEW, who="owner")]
    assert states == [RowState.ADDED, RowState.REFUSED]


def test_a_list_for_the_body_has_the_headings_that_are_read_back(app: Flask) -> None:
    header = [translate(name, ZH) for name, _width in ROW_COLUMNS]
    keys = column_keys(header, HEADINGS | OWN_HEADINGS)
    assert [key for key in keys if key] == [
        "organisation",
        "kind",
        "name",
        "number",
        "maker",
        "model",
        "measures",
        "accuracy",
        "place",
        "result",
        "certificate",
        "verified_on",
        "valid_until",
        "body",
    ]


def test_a_filled_in_workbook_is_read(app: Flask, tmp_path: Any) -> None:
    columns = [TableColumn(translate(name, ZH), width) for name, width in ROW_COLUMNS]
    cells: Sequence[object] = (1, "银杏热力", "压力表", "表", "G1", "", "", "", "", "", None, "合格", "YL-9")
    row = [*cells, make.days(-1), make.days(99), "市计量所"]
    path = tmp_path / "list.xlsx"
    path.write_bytes(workbook([Table("清单", columns, [row])]))
    read = read_instruments(path, HEADINGS | OWN_HEADINGS)
    wanted = ("organisation", "number", "result", "certificate", "valid_until", "body")
    assert [[one.cells[key] for key in wanted] for one in read] == [
        ["银杏热力", "G1", "合格", "YL-9", make.days(99).isoformat(), "市计量所"]
    ]


def test_the_template_is_read_as_no_rows(app: Flask) -> None:
    outcome = blank(Task(locale=ZH, input={}), None)  # type: ignore[arg-type]
    assert outcome.content is not None
    rows = read_sheet(outcome.content, "计量器具").rows  # type: ignore[arg-type]
    assert rows[0][1:5] == ["单位", "器具种类", "名称", "编号*"]
    with pytest.raises(Invalid):
        read_instruments(outcome.content, HEADINGS | OWN_HEADINGS)  # type: ignore[arg-type]
