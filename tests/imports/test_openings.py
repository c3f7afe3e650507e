"""Organisations that a file names and nobody has put on file: left out, or opened once, by whom that is allowed, never unseen."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from equipment.core.config import Settings
from equipment.imports import stages as importing
from equipment.imports.mapping_rules import ColumnUse, FieldMap, mapping_problems
from equipment.imports.models import ImportRow
from equipment.imports.queries import references
from equipment.imports.rows import RowReader
from equipment.imports.rules import Unreadable
from equipment.ledger.models import Event
from equipment.ledger.report import LedgerFault
from equipment.ledger.verify import verify
from equipment.people.models import Organisation, User
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.shell import tables
from equipment.storage import db as database
from equipment.storage.db import session
from equipment.tasks.makers import Progress
from equipment.tasks.runner import Runner
from tests import make
from tests.imports.conftest import form_of, only_batch, settle, upload
from tests.imports.test_import import checked, only_or

Sign = Callable[[User], FlaskClient]
Kind = OrganisationKind
HEADER = "设备品种,设备代码,使用单位,维保单位,辖区\n"
ROWS = (
    "客梯,31103620420190001,安居物业有限公司,快达电梯有限公司,白银区人民路街道\n"
    "客梯,31103620420190002,安 居 物业有限公司,快达电梯有限公司,靖远县\n"
    "客梯,31103620420190003,万达物业（白银）有限公司,快达电梯有限公司,白银区\n"
    "客梯,31103620420190004,万达物业（靖远）有限公司,,靖远县\n"
    "不明,31103620420190005,从不建档有限公司,,白银区\n"
    "客梯,31103620420190006,同上,,白银区\n"
    "客梯,31103620420190007,91620400MA00000001,,白银区\n"
)
CSV = (HEADER + ROWS).encode()
OPENS = {"opens_use_unit": "use_unit", "opens_firm": "firm"}
NEW = [
    ("万达物业（白银）有限公司", Kind.USE_UNIT, make.COUNTY),
    ("万达物业（靖远）有限公司", Kind.USE_UNIT, make.ELSEWHERE),
    ("安居物业有限公司", Kind.USE_UNIT, make.TOWNSHIP),
    ("快达电梯有限公司", Kind.FIRM, make.CITY),
]


@pytest.fixture
def plain_supervisor(supervisor: User) -> User:
    """Of the same bureau, who may import and may not add organisations."""
    return make.user(session.get_one(Organisation, supervisor.organisation_id), Role.SUPERVISOR, name="李四")


def opened() -> list[tuple[str, OrganisationKind, str]]:
    """Everybody on file but the bureau."""
    session.rollback()
    found = session.execute(
        select(Organisation.name, Organisation.kind, Organisation.area)
        .where(Organisation.kind != Kind.REGULATOR)
        .order_by(Organisation.name)
    )
    return [tuple(row) for row in found]


def named() -> list[tuple[str | None, str | None]]:
    """(use unit, firm) of the pieces, in the order of the file."""
    session.rollback()
    names: dict[Any, str] = {row.id: row.name for row in session.scalars(select(Organisation))}
    pieces = session.scalars(
        select(ImportRow.equipment_id).where(ImportRow.equipment_id.is_not(None)).order_by(ImportRow.row_no)
    )
    found = [session.get_one(Equipment, piece) for piece in pieces]
    return [(names.get(each.use_unit_id), names.get(each.maintenance_firm_id)) for each in found]


def notes() -> dict[int, list[str]]:
    session.rollback()
    rows = session.scalars(
        select(ImportRow).order_by(ImportRow.row_no).execution_options(populate_existing=True)
    )
    return {
        row.row_no: [f"{problem[1]} {problem[2].get('text', '')}" for problem in row.problems] for row in rows
    }


def test_without_the_choice_an_unknown_name_leaves_the_piece_without_it(
    signed_in: Sign, supervisor: User, worker: Runner
) -> None:
    browser = signed_in(supervisor)
    browser.post(checked(browser, CSV, "elevator") + "/run")
    settle()
    assert (only_batch().counts["flagged"], opened(), set(named())) == (6, [], {(None, None)})


def test_the_check_names_everybody_and_adds_nobody(signed_in: Sign, supervisor: User, worker: Runner) -> None:
    browser = signed_in(supervisor)
    url = checked(browser, CSV, "elevator", **OPENS)
    counts = only_batch().counts
    assert {state: counts[state] for state in ("added", "flagged", "refused", "organisations_ahead")} == {
        "added": 4,
        "flagged": 2,
        "refused": 1,
        "organisations_ahead": 4,
    }
    assert (opened(), session.scalar(select(func.count()).select_from(Equipment))) == ([], 0)
    will = "Will be put on file: %(text)s"
    assert notes() == {
        2: [f"{will} 安居物业有限公司", f"{will} 快达电梯有限公司"],
        3: [f"{will} 安居物业有限公司", f"{will} 快达电梯有限公司"],
        4: [f"{will} 万达物业（白银）有限公司", f"{will} 快达电梯有限公司"],
        5: [f"{will} 万达物业（靖远）有限公司"],
        6: ["“%(text)s” is none of the choices of “%(field)s” 不明"],
        7: ["No organisation on file is called “%(text)s” 同上"],
        8: ["No organisation on file is called “%(text)s” 91620400MA00000001"],
    }
    page = browser.get(url).get_data(as_text=True)
    assert "将为 4 个单位建档" in page
    assert [name for name, _, _ in NEW if name not in page] == []
    assert "从不建档有限公司 ·" not in page
    assert "将建档：安居物业有限公司" in browser.get(url + "?state=added").get_data(as_text=True)


def test_the_run_opens_each_once_and_the_next_file_finds_them(
    signed_in: Sign, supervisor: User, worker: Runner, settings: Settings
) -> None:
    browser = signed_in(supervisor)
    browser.post(checked(browser, CSV, "elevator", **OPENS) + "/run")
    settle()
    assert (only_batch().counts["organisations"], opened()) == (4, NEW)
    assert named() == [
        ("安居物业有限公司", "快达电梯有限公司"),
        ("安居物业有限公司", "快达电梯有限公司"),
        ("万达物业（白银）有限公司", "快达电梯有限公司"),
        ("万达物业（靖远）有限公司", None),
        (None, None),
        (None, None),
    ]
    was = "“%(text)s” was put on file with this row"
    assert {number: told for number, told in notes().items() if number <= 5} == {
        2: [f"{was} 安居物业有限公司", f"{was} 快达电梯有限公司"],
        3: [],
        4: [f"{was} 万达物业（白银）有限公司"],
        5: [f"{was} 万达物业（靖远）有限公司"],
    }
    actors = session.scalars(
        select(Event.actor).where(Event.verb == "opened", Event.subject.startswith("organisation:"))
    ).all()
    assert actors == [viewer_of(session.get_one(User, supervisor.id)).actor] * 4
    made_by_the_test = {LedgerFault.RECORD_EXTRA: 2}  # the bureau and its supervisor
    assert verify(database.engine, settings.folder, tables.models().values()).faults == made_by_the_test
    page = browser.get(f"/register/import/{only_batch().id}").get_data(as_text=True)
    assert "已为 4 个单位建档" in page
    again = only_or(
        checked(browser, CSV.replace(b"3110362042019000", b"3110362042019001"), "elevator", **OPENS).rsplit(
            "/", 1
        )[1]
    )
    assert (again.counts["added"], "organisations_ahead" in again.counts) == (4, False)
    browser.post(f"/register/import/{again.id}/run")
    settle()
    assert opened() == NEW


def reader(opens: dict[str, str]) -> RowReader:
    """Reads the column 使用单位, for who may do anything, as an import of the bureau's."""
    bureau = make.organisation(Kind.REGULATOR, area=make.CITY)
    mapping = FieldMap({"使用单位": ColumnUse("use_unit")}, opens=opens)
    return RowReader(
        "elevator", ["使用单位"], mapping, references("elevator", bureau, [str], mapping, by=SYSTEM)
    )


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("安居物业（白银）有限公司", "on file"),
        ("安居物业(白银)有限公司", "on file"),
        (" 安居 物业（ 白银 ）有限公司", "on file"),
        ("安居物业（靖远）有限公司", "opened"),
        ("安居物业有限公司", "opened"),
        ("ACME Lifts Ltd.", "opened"),
        ("双胞胎公司", "several"),
        ("快修电梯公司", "on file"),
        ("无", "none"),
        ("/", "none"),
        ("同上", "unknown"),
        ("不详", "unknown"),
        ("13900000000", "unknown"),
        ("91620400MA00000009", "unknown"),
        ("91620400MA0000000X", "on file"),
        ("王", "unknown"),
        ("长" * 121, "unknown"),
    ],
)
def test_what_a_use_unit_may_be_called(app: Any, cell: str, outcome: str) -> None:
    make.organisation(Kind.USE_UNIT, "安居物业（白银）有限公司", credit_code="91620400MA0000000X")
    make.organisation(Kind.USE_UNIT, "双胞胎公司")
    make.organisation(Kind.STATION, "双胞胎 公司")
    make.organisation(Kind.FIRM, "快修电梯公司")
    outcomes = {
        "No organisation on file is called “%(text)s”": "unknown",
        "Several organisations are called “%(text)s”: give the credit code instead": "several",
    }
    party, problem = reader({"use_unit": "use_unit"}).columns[0].value(cell)
    assert outcome == (
        outcomes[problem.message.msgid]
        if problem
        else "none"
        if party is None
        else "opened"
        if party.name
        else "on file"
    )


def test_a_name_has_one_kind(app: Any) -> None:
    make.organisation(Kind.USE_UNIT, "自己维保公司")
    parties = reader({"use_unit": "use_unit", "firm": "firm"}).references.parties
    with pytest.raises(Unreadable, match="another kind"):
        parties.named("firm", "自己维保公司")
    first = parties.named("use_unit", "两头都写的公司")
    assert parties.named("owner", "自己维保公司").name == ""
    assert parties.named("use_unit", "两头都写的 公司") is first
    with pytest.raises(Unreadable, match="another kind"):
        parties.named("firm", "两头都写的公司")


@pytest.mark.parametrize(
    ("stated", "wrong"),
    [
        ({"use_unit": "station"}, []),
        ({"use_unit": "use_unit", "owner": "station", "firm": "firm", "body": "body"}, []),
        ({"use_unit": "regulator"}, ["use_unit"]),
        ({"firm": "use_unit"}, ["firm"]),
        ({"maker": "firm"}, ["maker"]),
        ({"owner": "yes"}, ["owner"]),
        ({"nobody": "firm"}, ["nobody"]),
    ],
)
def test_what_a_column_may_open(stated: dict[str, str], wrong: list[str]) -> None:
    mapping = FieldMap({"a": ColumnUse("catalogue")}, opens=stated)
    assert sorted(mapping_problems("elevator", ["a"], mapping)) == wrong
    assert FieldMap.from_json(mapping.as_json()) == mapping


def test_who_may_not_add_organisations_is_not_asked_and_is_refused(
    signed_in: Sign, supervisor: User, plain_supervisor: User, owner: User, worker: Runner
) -> None:
    browser = signed_in(plain_supervisor)
    batch_id = upload(browser, CSV, "elevator")
    assert "opens_use_unit" not in browser.get(f"/register/import/{batch_id}").get_data(as_text=True)
    forged = browser.post(f"/register/import/{batch_id}/mapping", data=form_of(only_or(batch_id), **OPENS))
    assert (forged.status_code, only_or(batch_id).state) == (403, "mapping")
    elevators = {"category": "elevator", "file": (BytesIO(CSV), "lifts.csv")}
    station = signed_in(owner).post("/register/import", data=elevators, content_type="multipart/form-data")
    assert station.status_code == 422  # a station imports cylinders
    assert session.scalar(select(func.count()).select_from(ImportRow)) == 0


def test_who_may_not_add_organisations_runs_no_import_that_does(
    signed_in: Sign, supervisor: User, plain_supervisor: User, worker: Runner
) -> None:
    url = checked(signed_in(supervisor), CSV, "elevator", **OPENS)
    assert signed_in(plain_supervisor).post(url + "/run").status_code == 403
    key = only_batch().organisation_id, only_batch().id
    importing.enter_file(
        key, Progress(), by=viewer_of(session.get_one(User, plain_supervisor.id))
    )  # as if the role was lost after the click
    assert (opened(), only_batch().counts["flagged"]) == ([], 6)


def test_the_choice_is_remembered_saved_and_loaded_for_who_has_it(
    signed_in: Sign, supervisor: User, plain_supervisor: User, worker: Runner
) -> None:
    browser, other = signed_in(supervisor), signed_in(plain_supervisor)
    url = checked(browser, CSV, "elevator", opens_use_unit="station")
    batch_id = upload(browser, CSV, "elevator")
    page = browser.get(f"/register/import/{batch_id}").get_data(as_text=True)
    assert '<option value="station" selected>' in page
    saved = browser.get(url + "/mapping.json").data
    assert json.loads(saved)["opens"] == {"use_unit": "station"}
    for person, kept in ((browser, {"use_unit": "station"}), (other, None)):
        sent = {"file": (BytesIO(saved), "m.json")}
        assert (
            person.post(
                f"/register/import/{batch_id}/mapping/load", data=sent, content_type="multipart/form-data"
            ).status_code
            == 302
        )
        assert only_or(batch_id).mapping.get("opens") == kept
