"""月报: frozen when issued, drawn once, restated as a new version; the annual report with its charts."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from flask_babel import force_locale
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.months import month_end
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.files import store
from equipment.files.actions import take
from equipment.hazards import actions as hazards
from equipment.hazards import findings
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource
from equipment.ledger.models import Event
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register import actions as register
from equipment.register.rules import EquipmentStatus
from equipment.regulation.clauses import Grade
from equipment.regulation.planning import DueKind
from equipment.reports import actions, month_views, pictures, printing, tables
from equipment.reports.figures import month_figures
from equipment.reports.models import MonthReport
from equipment.storage import db
from equipment.storage.remembered import forget_all
from equipment.tasks.children import run_in_child
from equipment.tasks.makers import Progress
from equipment.tasks.models import Task
from tests import make
from tests.hazards.test_steps import photo

Office = dict[str, Any]


@pytest.fixture
def office(app: Flask) -> Office:
    """A city with lifts, a hazard of last month, an undecided finding and a station that never uploaded."""
    bureau = make.organisation(OrganisationKind.REGULATOR, "某局", area=make.CITY)
    unit = make.organisation(OrganisationKind.USE_UNIT, "某物业")
    lifts = [make.equipment("elevator", use_unit_id=unit.id) for _ in range(20)]
    make.station("零传站", created_at=clock.now() - timedelta(days=400))
    month = month_views.ended_months()[0]
    person = make.user(bureau, Role.SUPERVISOR, name="陈局", area=make.CITY)
    with db.transaction():
        shorted = findings.find(
            db.session.merge(lifts[0]),
            source=FindingSource.MANUAL,
            description="门锁短接",
            clause="4.6b",
            found_on=month,
            by=viewer_of(person),
        )
        hazards.confirm(shorted, Grade.MAJOR, "4.6b", make.days(7), by=viewer_of(person), still_used=True)
        findings.find(
            db.session.merge(lifts[1]),
            source=FindingSource.MANUAL,
            description="照明不亮",
            found_on=month_end(month),
            by=viewer_of(person),
        )
    return {
        "month": month,
        "lifts": lifts,
        "person": person,
        "county": make.user(bureau, Role.SUPERVISOR, area=make.COUNTY),
        "elsewhere": make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE),
    }


def issued(office: Office, area: str = make.CITY, note: str = "") -> MonthReport:
    by = viewer_of(office["person"])
    forget_all()
    figures = month_figures(by, area, office["month"])
    with db.transaction():
        return actions.issue(figures, by=by, note=note)


def task(kind: str, person: Any, *, locale: str = "zh_Hans_CN", **given: Any) -> Task:
    with db.transaction():
        return month_views.enqueue(kind, given, by=viewer_of(person), title="报告", locale=locale)


def headline(report: MonthReport, key: str) -> tuple[int, int]:
    rate = next(each for each in report.figures["rates"] if each["key"] == key)
    return rate["part"], rate["whole"]


def test_a_months_report_says_the_same_whenever_it_is_issued(office: Office) -> None:
    by, month = viewer_of(office["person"]), office["month"]
    first, late = office["lifts"][:2]
    with db.transaction():
        dues = [
            Due(
                equipment_id=lift.id,
                id=new_id(),
                area=lift.area,
                category="elevator",
                kind=DueKind.INSPECTION,
                due_on=month,
                planned_at=clock.now(),
                state=DueState.OPEN,
                citation={},
                explanation={},
            )
            for lift in (first, late)
        ]
        db.session.add_all(dues)
    forget_all()
    before = month_figures(by, make.CITY, month)
    assert (before["overdue"]["not_applied"], before["as_of"]) == (2, month_end(month).isoformat())
    assert before["hazards"]["open_by_kind"] == {"headline": 1, "cylinder": 0}
    # both findings were decided on after the month, one of them past its day
    assert (before["hazards"]["undecided"], before["hazards"]["undecided_late"]) == (2, 1)
    with db.transaction():  # what the next month brings
        done = db.session.get_one(Due, (dues[0].equipment_id, dues[0].id))
        done.done_on, done.state = clock.today(), DueState.DONE
        hazard = db.session.scalars(visible(SYSTEM, Hazard)).one()
        hazards.rectify(hazard, "已拆除", [take(photo(), "a.jpg", "evidence")], by=by)
        finding = db.session.scalars(visible(SYSTEM, Finding).where(Finding.state == "open")).one()
        findings.dismiss(finding, "误报", by=by)
        register.change_status(
            db.session.merge(late), EquipmentStatus.STOPPED, reason="停用", by=by, on=clock.today()
        )
    forget_all()
    assert month_figures(by, make.CITY, month) == before


def test_an_issued_report_stays_when_the_records_change(office: Office) -> None:
    report = issued(office)
    assert (headline(report, "H1"), headline(report, "H2"), report.version) == ((1, 20), (1, 20), 1)
    finding = db.session.scalars(
        visible(SYSTEM, hazards.Finding).where(hazards.Finding.state == "open")
    ).one()
    with db.transaction():
        hazards.confirm_general(finding, clock.today(), by=viewer_of(office["person"]))
    kept = db.session.get_one(MonthReport, report.id)
    assert headline(kept, "H2") == (1, 20)
    with pytest.raises(Invalid):
        issued(office)
    second = issued(office, note="补认定上月隐患一条")
    assert (
        second.version,
        headline(second, "H2"),
        headline(db.session.get_one(MonthReport, report.id), "H2"),
    ) == (2, (2, 20), (1, 20))
    verbs = db.session.scalars(
        db.session.query(Event.verb)
        .filter(Event.subject == actions.subject(report))
        .order_by(Event.seq)
        .statement
    ).all()
    assert verbs == ["month_report.issued", "month_report.issued"]


def test_a_report_is_issued_for_ones_own_area_and_an_ended_month_only(office: Office) -> None:
    by = viewer_of(office["person"])
    figures = month_figures(by, make.CITY, office["month"])
    for who in (
        office["elsewhere"],
        make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER),
    ):
        with pytest.raises(NotAllowed), db.transaction():
            actions.issue(figures, by=viewer_of(who))
    running = {**figures, "month": clock.today().replace(day=1).isoformat()}
    with pytest.raises(Invalid), db.transaction():
        actions.issue(running, by=by)


def test_two_offices_at_the_same_moment_issue_one_report(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
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
    assert (
        len(document.pages),
        "白银市特种设备安全月报" in words,
        "口径未确认" in words,
        "5.00%" in words,
    ) == (1, True, True, True)
    # everything is as of the month's end
    assert f"截至{month_end(drawn.month)}，超期未检设备0台" in words
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
    assert listed.count('data-label="出具时间"') == 1
    assert signed_in(office["elsewhere"]).get(sent.location).status_code == 404
    assert (
        signed_in(office["elsewhere"]).get(f"/reports/months/new?area={make.CITY}&month={month}").status_code
        == 404
    )
    assert browser.get(f"/reports/months/new?area={make.CITY}&month={clock.today():%Y-%m}").status_code == 404


def test_what_was_counted_for_a_report_is_shown_by_the_pages_that_follow(
    office: Office, signed_in: Any
) -> None:
    """What is remembered outlives the session that read it: issuing writes, and a write lets every row of its session expire."""
    browser = signed_in(office["person"])
    assert (
        browser.post(
            "/reports/months/new", data={"area": make.CITY, "month": f"{office['month']:%Y-%m}", "note": ""}
        ).status_code
        == 302
    )
    first_page, rates = browser.get("/"), browser.get("/rates")
    assert (first_page.status_code, "signal=silent" in first_page.text) == (200, True)
    assert (rates.status_code, "零传站" in rates.text) == (200, True)


def test_the_annual_report_is_drawn_with_its_charts_in_both_languages(
    office: Office, app: Flask, signed_in: Any
) -> None:
    browser = signed_in(office["person"])
    assert browser.get("/reports/year").status_code == 200
    asked = browser.post(
        "/reports/year", data={"year": str(clock.today().year), "area": make.CITY, "format": "pdf"}
    )
    assert asked.status_code == 302
    assert (
        browser.post("/reports/year", data={"year": "1999", "area": make.CITY, "format": "pdf"}).status_code
        == 404
    )
    work = db.session.scalars(visible(SYSTEM, Task)).one()
    with app.app_context():
        made = printing.make_year(work, Progress())
        english = task(
            "reports.year_workbook", office["person"], locale="en", year=clock.today().year, area=make.CITY
        )
        html = printing.rendered("print/year.html", printing._year(english), "en", made_at=clock.now())
        book = printing.make_year_workbook(english, Progress())
    assert isinstance(made.content, bytes)
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages).replace(
        " ", ""
    )
    assert [word in words for word in ("控制线", "各月隐患率", "人工登记")] == [True] * 3
    assert "annual report on the hazard rate" in html
    assert [html.count(printing.CHART % number) for number in range(4)] == [1] * 4
    assert isinstance(book.content, bytes)
    assert CalamineWorkbook.from_filelike(io.BytesIO(book.content)).sheet_names[0] == "Summary"


def test_the_month_report_of_a_county_counts_the_county(office: Office) -> None:
    report = issued(office, area=make.ELSEWHERE)
    assert (report.area, headline(report, "H1"), report.month) == (make.ELSEWHERE, (0, 0), office["month"])
    assert isinstance(report.month, date)


def test_a_month_report_is_one_page_however_many_areas_lie_below(office: Office, app: Flask) -> None:
    report = issued(office)
    stations = [
        {
            "name": f"某某液化石油气有限公司第{number}充装站",
            "signals": ["silent"],
            "responsible": "李红梅",
            "note": {"msgid": "no scan ever", "params": {}},
        }
        for number in range(9)
    ]
    restated = MonthReport(
        id=report.id,
        area=report.area,
        month=report.month,
        version=2,
        note="补录上月检验发现的隐患两条，经复核后重新出具" * 2,
        issued_at=report.issued_at,
    )
    pages, shown = {}, {}
    for count in (0, 6, 28):
        rows = [
            {
                "name": f"第{number}市场监管所",
                "name_en": f"Office {number}",
                "responsible": "王建国",
                "shares": [[number, 100], [1, 100]],
            }
            for number in range(count)
        ]
        figures = {**report.figures, "areas": rows, "stations": stations}
        for locale in ("zh_Hans_CN", "en"):
            with app.app_context(), force_locale(locale):
                html = printing.rendered(
                    "print/month.html", figures, locale, report=restated, issuer=office["person"]
                )
                drawn = pictures.month_pictures(figures, locale)
                shown[count] = [row[2] for row in tables.areas_on_paper(figures, locale).rows]
            pages[count, locale] = len(
                PdfReader(
                    io.BytesIO(run_in_child(printing.paper, [html, drawn], memory_mb=printing.MEMORY_MB))
                ).pages
            )
    assert pages == dict.fromkeys(pages, 1)
    assert {count: (len(rows), sum(rows)) for count, rows in shown.items()} == {
        0: (0, 0),
        6: (6, 600),
        28: (9, 2800),
    }
