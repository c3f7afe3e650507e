"""Exports of the province: rows matched and named, entered once, linked to a visit of ours, taken back whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, time
from io import BytesIO
from uuid import UUID

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from equipment.core import clock
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.imports import visit_entering
from equipment.imports.models import ImportBatch, ImportRow
from equipment.imports.rules import Unreadable
from equipment.imports.states import ImportState, RowState
from equipment.imports.visit_rules import SiteMoment, read_moment
from equipment.imports.visit_work import VISIT_MAKERS
from equipment.maintenance.closing import note
from equipment.maintenance.models import ProvinceSwipe, Visit
from equipment.maintenance.plate_rate import PlateGap, plate_figures
from equipment.maintenance.states import Flag, VisitState
from equipment.people.models import User
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.register.plates import PlateReading, bind_plate
from equipment.regulation.presence_grades import PresenceGrade
from equipment.storage import db
from equipment.tasks.makers import Cancelled, Progress
from equipment.tasks.runner import Runner
from tests import make
from tests.maintenance.place import Place, place

Sign = Callable[[User], FlaskClient]
PAGE = "/visits/import"
HEAD = "应急处置牌编号,维保单位,维保人员,签到时间,签退时间,维保类型\n"
PLATE = "620401000123"


@pytest.fixture(autouse=True)
def _today() -> Iterator[None]:
    with time_machine.travel("2026-11-10 09:00:00+08:00", tick=True):
        yield


@pytest.fixture
def at(app: Flask) -> Place:
    made = place()
    bureau = make.organisation(OrganisationKind.REGULATOR, "测试市监局", area="6204")
    made.extra["office"] = make.user(bureau, Role.SUPERVISOR, name="监管员")
    with make.writing():
        lift = db.session.get_one(Equipment, made.lift.id)
        bind_plate(lift, PlateReading(PLATE, how="camera"), by=made.viewer(made.boss))
    return made


def worked() -> None:
    while Runner("test", VISIT_MAKERS).run_one():
        pass
    db.session.rollback()


def checked(browser: FlaskClient, text: str, head: str = HEAD) -> str:
    """Upload, match as suggested, check: the address of the file's page."""
    parts = {"category": "elevator", "file": (BytesIO((head + text).encode()), "省平台.csv")}
    answer = browser.post(PAGE, data=parts, content_type="multipart/form-data")
    assert answer.status_code == 302, answer.text
    worked()
    url = str(answer.location)
    batch = the_file(url)
    columns = batch.mapping["columns"]
    form = {f"to_{place}": columns.get(name, {}).get("to", "") for place, name in enumerate(batch.header)}
    answer = browser.post(f"{url}/mapping", data=form)
    assert answer.status_code == 302, answer.text
    worked()
    return url


def the_file(url: str) -> ImportBatch:
    db.session.rollback()
    key = UUID(url.rsplit("/", 1)[1])
    rows = select(ImportBatch).where(ImportBatch.id == key).execution_options(populate_existing=True)
    return db.session.scalars(rows).one()


def rows_of(url: str) -> list[ImportRow]:
    batch = the_file(url)
    rows = select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.row_no)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def entered(browser: FlaskClient, url: str) -> None:
    assert browser.post(f"{url}/run").status_code == 302
    worked()


def visits(at: Place) -> list[Visit]:
    db.session.rollback()
    db.session.expire_all()
    return list(
        db.session.scalars(select(Visit).where(Visit.equipment_id == at.lift.id).order_by(Visit.opened_at))
    )


def test_each_row_is_matched_or_named_in_words(at: Place, signed_in: Sign) -> None:
    other = make.organisation(OrganisationKind.FIRM, "外来维保公司")
    make.user(other, Role.TECHNICIAN, name="外人")
    office = signed_in(at.extra["office"])
    cases = {
        f"{PLATE},测试维保公司,安师傅,2026-11-03 08:15:20,2026-11-03 09:02:11,半月维保": (RowState.ADDED, ""),
        f"{PLATE},,卜师傅,2026/11/3 08:16,2026/11/3 09:00,": (RowState.FLAGGED, "同一次到场"),
        f"{PLATE},测试维保公司,安师傅,2026-11-03 08:15:20,2026-11-03 09:02:11,季度": (
            RowState.TWICE,
            "第 2 行",
        ),
        "999999999,测试维保公司,安师傅,2026-11-03 08:15,2026-11-03 09:00,": (RowState.REFUSED, "999999999"),
        f"{PLATE},外来维保公司,外人,2026-11-04 08:15,2026-11-04 09:00,": (RowState.REFUSED, "测试维保公司"),
        f"{PLATE},测试维保公司,外人,2026-11-04 08:15,2026-11-04 09:00,": (RowState.REFUSED, "外来维保公司"),
        f"{PLATE},测试维保公司,查无此人,2026-11-04 08:15,2026-11-04 09:00,": (RowState.REFUSED, "查无此人"),
        f"{PLATE},没有的公司,安师傅,2026-11-04 08:15,2026-11-04 09:00,": (RowState.REFUSED, "没有的公司"),
        f"{PLATE},,安师傅,2026-11-04 09:15,2026-11-04 09:00,": (RowState.REFUSED, "签退早于签到"),
        f"{PLATE},,安师傅,2026-12-04 08:15,2026-12-04 09:00,": (RowState.REFUSED, "时间晚于当前"),
        f"{PLATE},,安师傅,2026-11-01 08:15,2026-11-04 09:00,": (RowState.REFUSED, "相隔超过"),
        f"{PLATE},,安师傅,2026-11-04,2026-11-04 09:00,": (RowState.REFUSED, "没有时分"),
        f"{PLATE},,,2026-11-04 08:15,2026-11-04 09:00,": (RowState.REFUSED, "维保人员"),
        f"{PLATE},,安师傅,2026-11-05 08:15,2026-11-05 09:00,大保养": (RowState.REFUSED, "大保养"),
    }
    url = checked(office, "\n".join(cases) + "\n")
    page = office.get(f"{url}?state=").text
    for row, (line, (state, words)) in zip(rows_of(url), cases.items(), strict=True):
        assert row.state == state, (line, row.problems)
        assert bool(row.problems) == bool(words), line
    refused = office.get(f"{url}?state=refused").text
    for state, words in cases.values():
        if state is RowState.REFUSED:
            assert words in refused, words
    assert "仅证明到场" in page
    assert visits(at) == []  # nothing is on record before it is entered


def test_rows_become_visits_of_their_own_grade_once_and_are_taken_back(at: Place, signed_in: Sign) -> None:
    office = signed_in(at.extra["office"])
    text = (
        f"{PLATE},测试维保公司,安师傅,2026-11-03 08:15:20,2026-11-03 09:02:11,半月维保\n"
        f"{PLATE},测试维保公司,卜师傅,2026-11-03 08:16:00,2026-11-03 09:02:00,半月维保\n"
        f"{PLATE},测试维保公司,{at.bo_card.uid},2026-10-20 08:15,,\n"
    )
    url = checked(office, text)
    entered(office, url)
    assert [row.state for row in rows_of(url)] == [RowState.CHANGED, RowState.DIFFERS, RowState.CHANGED]
    open_ended, whole = visits(at)
    assert (whole.state, whole.grade, whole.counted) == (VisitState.IMPORTED, PresenceGrade.PROVINCE, False)
    assert set(whole.technicians) == {str(at.anna.id), str(at.bo.id)}
    assert (whole.answers, whole.signed_at, open_ended.flags) == ({}, None, [str(Flag.NO_SIGN_OUT)])
    swipes = db.session.scalars(select(ProvinceSwipe)).all()
    assert {swipe.row_no for swipe in swipes} == {2, 3, 4}
    record = office.get(f"/visits/{at.lift.id}/{whole.id}").text
    assert ("省平台.csv 第 2 行" in record, "安师傅" in record, "仅证明到场" in record) == (True, True, True)
    due = db.session.scalars(
        select(Due).where(Due.equipment_id == at.lift.id, Due.state == DueState.DONE)
    ).all()
    assert due == []
    again = checked(office, text + "\n")
    assert {row.state for row in rows_of(again)} == {RowState.KNOWN}
    entered_before = len(visits(at))
    assert office.post(f"{url}/undo").status_code == 302
    worked()
    assert the_file(url).state == ImportState.UNDONE
    assert [visit.state for visit in visits(at)] == [VisitState.VOID] * entered_before
    third = checked(office, text)
    entered(office, third)
    assert [visit.state for visit in visits(at)].count(
        VisitState.IMPORTED
    ) == 2  # once more, after it was taken back


def test_a_visit_of_ours_at_the_same_time_is_linked_not_doubled(at: Place, signed_in: Sign) -> None:
    with make.writing():
        began = clock.site_midnight(date(2026, 11, 3))
        ours = Visit(
            equipment_id=at.lift.id, organisation_id=at.firm.id, use_unit_id=at.unit.id, area=at.lift.area,
            category="elevator", duty="visit_half_month", state=VisitState.TO_SIGN, opened_at=began.replace(hour=1),
            closed_at=began.replace(hour=2), received_at=clock.now(), on=date(2026, 11, 3),
            technicians=[str(at.anna.id)], answers={}, flags=[],
        )  # fmt: skip
        db.session.add(ours)
        db.session.flush()
        note(ours, "visit.closed", by=SYSTEM)
        opened = clock.site_time(ours.opened_at)
    office = signed_in(at.extra["office"])
    text = f"{PLATE},,安师傅,{opened:%Y-%m-%d %H:%M},{opened:%Y-%m-%d} {opened.hour:02}:50,半月\n"
    url = checked(office, text)
    assert [row.state for row in rows_of(url)] == [RowState.FLAGGED]
    entered(office, url)
    assert [row.state for row in rows_of(url)] == [RowState.DIFFERS]
    (only,) = visits(at)
    assert only.state == VisitState.TO_SIGN
    assert office.post(f"{url}/undo").status_code == 302
    worked()
    (only,) = visits(at)
    assert only.state == VisitState.TO_SIGN


def test_what_it_is_worth_is_the_bureaus_choice(
    at: Place, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, area = signed_in(at.extra["office"]), at.viewer(at.extra["office"])
    text = f"{PLATE},,安师傅,2026-11-03 08:15,2026-11-03 09:00,半月\n"
    monkeypatch.setattr("equipment.maintenance.province.province_swipe_settles", lambda on: True)
    monkeypatch.setattr("equipment.maintenance.plate_rate._figures.get", lambda key, load: load())
    assert dict(plate_figures(area, "", date(2026, 11, 10)).gaps) == {PlateGap.NO_SWIPE: 1}
    url = checked(office, text)
    entered(office, url)
    (visit,) = visits(at)
    assert (visit.counted, visit.next_duty != "") == (True, True)
    figures = plate_figures(area, "", date(2026, 11, 10))
    assert (figures.both, figures.in_use, figures.rate) == (1, 1, 1.0)
    monkeypatch.setattr("equipment.maintenance.plate_rate.counted_grades", lambda on: (PresenceGrade.READER,))
    assert dict(plate_figures(area, "", date(2026, 11, 10)).gaps) == {PlateGap.UNCOUNTED: 1}
    assert office.post(f"{url}/undo").status_code == 302
    worked()
    (visit,) = visits(at)
    assert (visit.state, visit.counted) == (VisitState.VOID, False)
    due = db.session.scalars(
        select(Due).where(Due.equipment_id == at.lift.id, Due.state == DueState.OPEN)
    ).all()
    assert any(one.kind.startswith("visit_") for one in due)


def test_a_run_that_is_cut_off_goes_on_and_enters_nothing_twice(
    at: Place, signed_in: Sign, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_entering, "ENTERED_AT_ONCE", 2)
    days = [f"{PLATE},,安师傅,2026-10-{day:02} 08:15,2026-10-{day:02} 09:00,\n" for day in range(1, 6)]
    office = signed_in(at.extra["office"])
    url = checked(office, "".join(days))
    batch = the_file(url)

    class Cut(Progress):
        def advance(self, number: int = 1) -> None:
            raise Cancelled

    with pytest.raises(Cancelled):
        visit_entering.enter_province(
            (batch.organisation_id, batch.id), Cut(), by=at.viewer(at.extra["office"])
        )
    assert (the_file(url).state, len(visits(at))) == (ImportState.STOPPED, 2)
    entered(office, url)
    assert (the_file(url).state, len(visits(at))) == (ImportState.DONE, 5)


def test_nobody_but_the_bureau_takes_exports_in(at: Place, signed_in: Sign) -> None:
    for who in (at.boss, at.safe, at.anna):
        assert signed_in(who).get(PAGE).status_code == 403
    station = make.organisation(OrganisationKind.STATION, "测试气站")
    assert signed_in(make.user(station, Role.STATION_OWNER)).get(PAGE).status_code == 403


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-03 08:15:20", SiteMoment(date(2026, 11, 3), time(8, 15, 20))),
        ("2026/11/3 8:05", SiteMoment(date(2026, 11, 3), time(8, 5))),
        ("2026年11月3日 下午2:05", SiteMoment(date(2026, 11, 3), time(14, 5))),
        ("2026-11-03T08:15:20.123", SiteMoment(date(2026, 11, 3), time(8, 15, 20))),
        ("20261103081520", SiteMoment(date(2026, 11, 3), time(8, 15, 20))),
        ("46329.5", SiteMoment(date(2026, 11, 3), time(12, 0))),
    ],
)
def test_moments_as_people_and_platforms_write_them(text: str, moment: SiteMoment) -> None:
    assert read_moment(text) == moment


@pytest.mark.parametrize("text", ["2026-11-03", "08:15", "2026-11-03 25:00", "昨天", "2026-11 08:15"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_moment(text)
