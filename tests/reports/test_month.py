"""月报: frozen when issued, drawn once, restated as a new version; the annual report with its charts."""
from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from flask import Flask
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from equipment import clock, db
from equipment.errors import Conflict, Invalid, NotAllowed
from equipment.files import store
from equipment.hazards import actions as hazards
from equipment.hazards.rules import FindingSource
from equipment.ledger.models import Event
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.reports import actions, memory, month_views, printing
from equipment.reports.figures import month_figures
from equipment.reports.models import MonthReport
from equipment.reports.rules import month_end
from equipment.tasks.models import Task
from equipment.tasks.work import Progress
from tests import make

Office = dict[str, Any]


@pytest.fixture
def office(app: Flask) -> Office:
    """A city with lifts, a hazard of last month, an undecided finding and a station that never uploaded."""
    bureau = make.organisation(OrganisationKind.REGULATOR, "某局", area=make.CITY)
    unit = make.organisation(OrganisationKind.USE_UNIT, "某物业")
    lifts = [make.equipment("elevator", use_unit_id=unit.id) for _ in range(20)]
    make.station("零传站")
    month = month_views.ended_months()[0]
    person = make.user(bureau, Role.SUPERVISOR, name="陈局", area=make.CITY)
    with db.transaction():
        hazards.find(db.session.merge(lifts[0]), source=FindingSource.MANUAL, description="门锁短接", clause="4.6b", found_on=month, by=viewer_of(person))
        hazards.find(db.session.merge(lifts[1]), source=FindingSource.MANUAL, description="照明不亮", found_on=month_end(month), by=viewer_of(person))
    return {"month": month, "lifts": lifts, "person": person, "county": make.user(bureau, Role.SUPERVISOR, area=make.COUNTY),
            "elsewhere": make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE)}


def issued(office: Office, area: str = make.CITY, note: str = "") -> MonthReport:
    by = viewer_of(office["person"])
    memory.forget()
    figures = month_figures(by, area, office["month"], clock.today())
    with db.transaction():
        return actions.issue(figures, by=by, note=note)


def task(kind: str, person: Any, **given: Any) -> Task:
    with db.transaction():
        return month_views.enqueue(kind, given, by=viewer_of(person), title="报告", locale="zh_Hans_CN")


def headline(report: MonthReport, key: str) -> tuple[int, int]:
    rate = next(each for each in report.figures["rates"] if each["key"] == key)
    return rate["part"], rate["whole"]


def test_an_issued_report_stays_when_the_records_change(office: Office) -> None:
    report = issued(office)
    assert (headline(report, "H1"), headline(report, "H2"), report.version) == ((1, 20), (1, 20), 1)
    finding = db.session.scalars(visible(SYSTEM, hazards.Finding).where(hazards.Finding.state == "open")).one()
    with db.transaction():
        hazards.confirm_as_is(finding, clock.today(), by=viewer_of(office["person"]))
    kept = db.session.get_one(MonthReport, report.id)
    assert headline(kept, "H2") == (1, 20)
    with pytest.raises(Invalid):
        issued(office)
    second = issued(office, note="补认定上月隐患一条")
    assert (second.version, headline(second, "H2"), headline(db.session.get_one(MonthReport, report.id), "H2")) == (2, (2, 20), (1, 20))
    verbs = db.session.scalars(db.session.query(Event.verb).filter(Event.subject == actions.subject(report)).order_by(Event.seq).statement).all()
    assert verbs == ["month_report.issued", "month_report.issued"]


def test_a_report_is_issued_for_ones_own_area_and_an_ended_month_only(office: Office) -> None:
    by = viewer_of(office["person"])
    figures = month_figures(by, make.CITY, office["month"], clock.today())
    for who in (office["elsewhere"], make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER)):
        with pytest.raises(NotAllowed), db.transaction():
            actions.issue(figures, by=viewer_of(who))
    running = {**figures, "month": clock.today().replace(day=1).isoformat()}
    with pytest.raises(Invalid), db.transaction():
        actions.issue(running, by=by)


def test_two_offices_at_the_same_moment_issue_one_report(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    issued(office)
    monkeypatch.setattr(actions, "last_version", lambda _area, _month: 0)
    with pytest.raises(Conflict):
        issued(office)


def test_both_files_are_drawn_once_on_one_page_and_never_again(office: Office, app: Flask) -> None:
    report = issued(office)
    work = task("reports.month", office["person"], report=str(report.id))
    with app.app_context():
        first = printing.make_month(work, Progress())
        assert first.content is not None
        drawn = db.session.get_one(MonthReport, report.id)
        again = printing.make_month(work, Progress())
    assert again.content is None
    assert drawn.pdf_sha256 is not None
    assert drawn.xlsx_sha256 is not None
    document = PdfReader(io.BytesIO(store.path_of(drawn.pdf_sha256).read_bytes()))
    words = document.pages[0].extract_text().replace(" ", "").replace("\n", "")
    assert (len(document.pages), "白银市特种设备安全月报" in words, "口径未确认" in words, "5.00%" in words) == (1, True, True, True)
    book = CalamineWorkbook.from_filelike(io.BytesIO(store.path_of(drawn.xlsx_sha256).read_bytes()))
    assert book.sheet_names == ["摘要", "隐患率", "辖区", "各月", "隐患", "指标", "需关注的充装单位"]
    rates = book.get_sheet_by_name("隐患率").to_python()
    assert [row[2:5] for row in rates[1:3]] == [[1, 20, 0.05], [1, 20, 0.05]]


def test_the_pages_say_what_is_missing_and_who_answers(office: Office, signed_in: Any) -> None:
    browser = signed_in(office["person"])
    month = office["month"].strftime("%Y-%m")
    before = browser.get(f"/reports/months/new?area={make.CITY}&month={month}").text
    assert [word in before for word in ("未判定的问题", "零上传充装单位", "零传站")] == [True] * 3
    sent = browser.post("/reports/months/new", data={"area": make.CITY, "month": month})
    assert sent.status_code == 302
    assert browser.get(sent.location).status_code == 200
    assert browser.get(f"{sent.location}/pdf").status_code == 404
    again = browser.post("/reports/months/new", data={"area": make.CITY, "month": month})
    assert again.status_code == 422
    listed = browser.get("/reports/months").text
    assert listed.count("data-label=\"出具时间\"") == 1
    assert signed_in(office["elsewhere"]).get(sent.location).status_code == 404
    assert signed_in(office["elsewhere"]).get(f"/reports/months/new?area={make.CITY}&month={month}").status_code == 404
    assert browser.get(f"/reports/months/new?area={make.CITY}&month={clock.today():%Y-%m}").status_code == 404


def test_the_annual_report_is_drawn_with_its_charts_in_both_languages(office: Office, app: Flask, signed_in: Any) -> None:
    browser = signed_in(office["person"])
    assert browser.get("/reports/year").status_code == 200
    asked = browser.post("/reports/year", data={"year": str(clock.today().year), "area": make.CITY, "format": "pdf"})
    assert asked.status_code == 302
    assert browser.post("/reports/year", data={"year": "1999", "area": make.CITY, "format": "pdf"}).status_code == 404
    work = db.session.scalars(visible(SYSTEM, Task)).one()
    with app.app_context():
        made = printing.make_year(work, Progress())
        work.locale = "en"
        html = printing.rendered("print/year.html", printing._year(work), "en", made_at=clock.now())
        book = printing.make_year_workbook(work, Progress())
    assert isinstance(made.content, bytes)
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages).replace(" ", "")
    assert [word in words for word in ("控制线", "各月隐患率", "陈局", "人工登记")] == [True, True, False, True]
    assert "annual report on the hazard rate" in html
    assert [html.count(printing.CHART % number) for number in range(4)] == [1] * 4
    assert isinstance(book.content, bytes)
    assert CalamineWorkbook.from_filelike(io.BytesIO(book.content)).sheet_names[0] == "Summary"
    db.session.rollback()


def test_the_month_report_of_a_county_counts_the_county(office: Office) -> None:
    report = issued(office, area=make.ELSEWHERE)
    assert (report.area, headline(report, "H1"), report.month) == (make.ELSEWHERE, (0, 0), office["month"])
    assert isinstance(report.month, date)
