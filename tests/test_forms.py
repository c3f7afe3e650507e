"""What people type in a page is read by a form: fixed ones are FlaskForms, those made from a category, a file or the
rows of a list are read in one place each (equipment/web/forms.py)."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from flask import Flask
from flask_wtf.file import FileField
from werkzeug.datastructures import MultiDict

from equipment.core.days import day_in
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import new_id
from equipment.web.forms import (
    ChoiceField,
    ChosenField,
    DayField,
    Form,
    IdField,
    InstantField,
    MonthField,
    ReasonField,
    WholeField,
    needed_day,
    show_errors,
)

ROOT = Path(__file__).resolve().parent.parent
READ_BY_HAND = {
    "equipment/calls/forms.py": "the mapping is made from the columns of the file",
    "equipment/register/forms.py": "the form of a piece is made from the details of its category",
    "equipment/imports/forms.py": "the mapping is made from the columns of the file and the fields of its category",
    "equipment/inspections/forms.py": "录入清单 has a group of fields for each row of its list",
    "equipment/fills/floor_views.py": "the paper record has a group of fields for each of its lines",
    "equipment/maintenance/api.py": "a photo or signature from a phone: the parts of one message, by its token",
    "equipment/uploads/visit_api_views.py": "a signature from a firm's system: the parts of one message, by its token",
    "equipment/uploads/chongqing_views.py": "the forms of another city's interface, sent by programs",
    "equipment/instruments/list_views.py": "a list has its boxes for each of its rows",
    "equipment/seizures/views.py": "a goods list has a box for each of its lines",
    "equipment/maintenance/forms.py": "the checklist has its fields for each of its items",
}


def test_what_was_typed_is_read_by_forms() -> None:
    reading = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "equipment").rglob("*.py")
        if path.parent != ROOT / "equipment/web" and "request.form" in path.read_text("utf-8")
    }
    assert reading == set(READ_BY_HAND)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        (" 2026/11/23 ", date(2026, 11, 23)),
        ("20261123", date(2026, 11, 23)),
        ("２０２６1123", date(2026, 11, 23)),
        ("2026-02-29", None),
        ("明天", None),
        ("²0261123", None),
        ("", None),
    ],
)
def test_a_day_as_people_type_it(text: str, day: date | None) -> None:
    assert day_in(text) == day


class Sample(Form):
    on = DayField("On", [needed_day])
    until = DayField("Until")
    month = MonthField("Month")
    count = WholeField("Count")
    kind = ChoiceField("Kind", choices=[("a", "A"), ("b", "B")])
    reason = ReasonField(most=5)
    id = IdField()
    at = InstantField()
    rows = ChosenField(most=2, wrong="Tick one.")
    pairs = ChosenField(parts=2)


def sample(**typed: object) -> Sample:
    return Sample(formdata=MultiDict(typed), meta={"csrf": False})


def test_a_right_form_holds_days_numbers_and_ids(app: Flask) -> None:
    key, other = new_id(), new_id()
    with app.test_request_context():
        form = sample(
            on="2026/11/23",
            month="2026-10",
            count=" 12 ",
            kind="b",
            reason=" 换 ",
            id=str(key),
            rows=[str(key), "x", str(other)],
            pairs=f"{key}.{other}",
        )
        assert form.validate(), form.errors
        assert (form.on.data, form.until.data, form.month.data) == (
            date(2026, 11, 23),
            None,
            date(2026, 10, 1),
        )
        assert (form.count.data, form.kind.data, form.reason.data, form.id.data) == (12, "b", "换", key)
        assert (form.rows.data, form.pairs.data) == ([key], [(key, other)])


def test_a_wrong_form_says_so_at_its_fields_and_keeps_what_was_typed(app: Flask) -> None:
    with app.test_request_context():
        form = sample(
            on="明天", until="2026-02-30", month="10月", count="一", kind="c", reason="一二三四五六"
        )
        assert not form.validate()
        assert {name: list(map(str, texts)) for name, texts in form.errors.items()} == {
            "on": ["日期不正确。"],
            "until": ["日期不正确。"],
            "month": ["年月请按 2024-03 的格式填写。"],
            "count": ["请填写整数。"],
            "kind": ["请从列表中选择。"],
            "reason": ["最多 5 个字，现有 6 个字。"],
            "rows": ["Tick one."],
        }
        assert [
            text in str(field())
            for text, field in (
                ('value="明天"', form.on),
                ('value="10月"', form.month),
                ('value="一"', form.count),
                ('value="一二三四五六"', form.reason),
            )
        ] == [True] * 4


class Papers(Sample):
    file = FileField("File")


def test_a_file_counts_only_in_a_field_for_files_and_json_is_no_form(app: Flask) -> None:
    def sent() -> dict[str, object]:
        return {name: (io.BytesIO(b"x"), "x.txt") for name in ("kind", "reason", "rows", "file")}

    with app.test_request_context(method="POST", data=sent()):
        form = Papers(meta={"csrf": False})
        assert (form.kind.data, form.reason.data, form.rows.data) == (None, None, [])
        assert form.file.data.filename == "x.txt"
    for body in ([1], {"reason": 1}, "x"):
        with app.test_request_context(method="POST", json=body):
            assert not Papers(meta={"csrf": False}).validate_on_submit()


def test_an_instant_needs_its_offset(app: Flask) -> None:
    words = ("2026-11-23T08:00:00Z", "2026-11-23T08:00:00", "0001-01-01T00:00:00+08:00", "x", "")
    with app.test_request_context():
        read = [sample(at=text).at.data for text in words]
    assert read == [datetime(2026, 11, 23, 8, tzinfo=UTC), None, None, None, None]


def test_what_an_action_refuses_stands_at_its_field_or_above_the_form(app: Flask) -> None:
    with app.test_request_context():
        form = sample()
        show_errors(
            form,
            Invalid({"reason": "Say why.", "code": "This is no day.", "": "Choose a file."}),
            {"code": "on"},
        )
        assert (form.reason.errors, form.on.errors, form.form_errors, form.http_status) == (
            ["请说明原因。"],
            ["日期不正确。"],
            ["请选择文件。"],
            422,
        )
        show_errors(form, Conflict({"": "x"}))
        assert form.http_status == 409
