"""上次检验 may be blank: rightly so while the first inspection of a piece is still to come."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from equipment.core import clock
from equipment.imports.drafts import NEEDED, References
from equipment.imports.mapping_rules import FieldMap, suggest
from equipment.imports.parties import PartyBook
from equipment.imports.queries import words
from equipment.imports.rows import RowReader
from equipment.people.rules import SYSTEM

BOTTLE = ("设备品种", "产品编号", "充装介质", "制造年月", "上次检验日期")
LIFT = ("设备品种", "设备代码", "制造日期", "登记日期", "上次检验日期")


@pytest.mark.parametrize(
    ("category", "header", "row", "missing"),
    [
        pytest.param(
            "cylinder",
            BOTTLE,
            ("液化石油气钢瓶", "W1", "液化石油气", "2025.03", ""),
            [],
            id="a bottle made last year is inspected after four",
        ),
        pytest.param(
            "cylinder",
            BOTTLE,
            ("液化石油气钢瓶", "W2", "液化石油气", "2015.03", ""),
            ["上次检验日期"],
            id="a bottle made eleven years ago must have been inspected",
        ),
        pytest.param(
            "cylinder",
            BOTTLE,
            ("液化石油气钢瓶", "W3", "液化石油气", "", ""),
            ["制造年月", "上次检验日期"],
            id="nobody knows how old it is",
        ),
        pytest.param(
            "elevator",
            LIFT,
            ("3110", "31106204022026990001", "2026-08", "2026-09-15", ""),
            [],
            id="a new lift",
        ),
        pytest.param(
            "elevator",
            LIFT,
            ("3110", "31106204022010990001", "2010-08", "2026-09-15", ""),
            ["上次检验日期"],
            id="an old lift registered anew",
        ),
    ],
)
def test_a_blank_last_inspection_is_missing_where_there_must_have_been_one(
    app: Flask, category: str, header: tuple[str, ...], row: tuple[str, ...], missing: list[str]
) -> None:
    mapping = FieldMap(suggest(category, header).columns, {"area": "620402"})
    known = References(
        SYSTEM, clock.now(), date(2026, 11, 28), PartyBook(), {"620402": "620402"}, words(category, str), None
    )
    draft = RowReader(category, header, mapping, known).read(row)
    assert [
        header[problem.column] for problem in draft.problems if problem.message.msgid == NEEDED
    ] == missing
