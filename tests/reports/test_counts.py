"""The rate in the database: who counts, when, where; and that it is the same however it is cut."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.ids import new_id
from equipment.dues.models import Due
from equipment.hazards.models import Hazard
from equipment.hazards.rules import FindingSource, HazardState
from equipment.inspections.rules import InspectionKind
from equipment.people.queries import viewer_of
from equipment.people.rules import SYSTEM, OrganisationKind, Role
from equipment.people.scope import visible
from equipment.register.models import Equipment, Standing
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.clauses import Grade
from equipment.regulation.models import Choice
from equipment.regulation.planning import DueKind
from equipment.reports import counts, indicators, queries, tallies
from equipment.reports.models import Tally
from equipment.reports.rules import FIRST_DAY, Period, Share, definition, period, total
from equipment.storage import db
from equipment.storage.remembered import forget_all
from tests import make
from tests.exports import csv_of

E = EquipmentStatus
YEAR, DAY = 2025, date(2025, 12, 31)
FULL = Period(date(2025, 1, 1), DAY)


def lift(
    *standing: tuple[EquipmentStatus, str, str | None], area: str = make.TOWNSHIP, category: str = "elevator"
) -> Equipment:
    """A piece that stood so, from a day to a day (exclusive); in use since 2020 when nothing else is said."""
    status = standing[-1][0] if standing else E.IN_USE
    made = make.equipment(
        category,
        area=area,
        status=status,
        block_reason="待查" if status == E.LOCKED else "",
        in_use_since=date(2020, 1, 1),
    )
    if not standing:
        return made
    with db.transaction():
        first = db.session.scalars(visible(SYSTEM, Standing).where(Standing.equipment_id == made.id)).one()
        db.session.delete(first)
        db.session.flush()
        for status, since, until in standing:
            db.session.add(
                Standing(
                    equipment_id=made.id,
                    id=new_id(),
                    status=status,
                    area=area,
                    category=category,
                    from_on=date.fromisoformat(since),
                    until_on=date.fromisoformat(until) if until else None,
                )
            )
    return made


def hazard(
    of: Equipment,
    found: str,
    closed: str | None = None,
    *,
    grade: Grade = Grade.GENERAL,
    source: FindingSource = FindingSource.MANUAL,
) -> Hazard:
    at = clock.site_midnight(date.fromisoformat(found))
    made = Hazard(
        equipment_id=of.id,
        id=new_id(),
        finding_id=new_id(),
        area=of.area,
        category=of.category,
        source=source,
        grade=grade,
        description="门锁失效",
        found_on=date.fromisoformat(found),
        confirmed_at=at,
        confirmed_by="system",
        due_on=date.fromisoformat(found) + timedelta(days=30),
        state=HazardState.CLOSED if closed else HazardState.OPEN,
        rectified_at=at if closed else None,
        closed_on=date.fromisoformat(closed) if closed else None,
    )
    with make.writing():
        db.session.add(made)
    return made


def share(key: str, what: Period = FULL, categories: tuple[str, ...] = ("elevator",)) -> Share:
    return total(counts.counted(definition(key, what.day), what, categories).values())


CASES: dict[str, tuple[tuple[Any, ...], tuple[tuple[str, str | None], ...], bool, bool]] = {
    # what stood, hazards (found, closed), counts in H1 on 31 December, counts in H2 of the year
    "open since last year": ((), (("2024-05-01", None),), True, False),
    "found in the year and open": ((), (("2025-05-01", None),), True, True),
    "found and closed in the year": ((), (("2025-05-01", "2025-06-01"),), False, True),
    "closed on the last day": ((), (("2025-05-01", "2025-12-31"),), False, True),
    "closed on the first day of the next year": ((), (("2025-05-01", "2026-01-01"),), True, True),
    "found on the first day": ((), (("2025-01-01", "2025-01-02"),), False, True),
    "found on the last day": ((), (("2025-12-31", None),), True, True),
    "found on the day after": ((), (("2026-01-01", None),), False, False),
    "found on the last day of the year before": ((), (("2024-12-31", "2025-02-01"),), False, False),
    "two hazards count once": ((), (("2025-02-01", None), ("2025-03-01", None)), True, True),
    "one closed and one open count once": (
        (),
        (("2025-02-01", "2025-02-09"), ("2025-03-01", None)),
        True,
        True,
    ),
    "stopped before the day": (
        ((E.IN_USE, "2020-01-01", "2025-12-31"), (E.STOPPED, "2025-12-31", None)),
        (("2025-02-01", None),),
        False,
        False,
    ),
    "stopped the day after": (
        ((E.IN_USE, "2020-01-01", "2026-01-01"), (E.STOPPED, "2026-01-01", None)),
        (("2025-02-01", None),),
        True,
        True,
    ),
    "scrapped in the year": (
        ((E.IN_USE, "2020-01-01", "2025-06-01"), (E.SCRAPPED, "2025-06-01", None)),
        (("2025-02-01", None),),
        False,
        False,
    ),
    "locked": (((E.LOCKED, "2025-03-01", None),), (("2025-02-01", None),), False, False),
    "stopped and back in use": (
        (
            (E.IN_USE, "2020-01-01", "2025-02-01"),
            (E.STOPPED, "2025-02-01", "2025-09-01"),
            (E.IN_USE, "2025-09-01", None),
        ),
        (("2025-02-01", None),),
        True,
        True,
    ),
    "put into use after the day": (((E.IN_USE, "2026-01-01", None),), (("2026-02-01", None),), False, False),
    "without hazard": ((), (), False, False),
}


def test_who_counts_in_the_year(app: Flask) -> None:
    pieces = {name: lift(*standing) for name, (standing, _hazards, _h1, _h2) in CASES.items()}
    for name, (_standing, hazards, _h1, _h2) in CASES.items():
        for found, closed in hazards:
            hazard(pieces[name], found, closed)
    names = {piece.id: name for name, piece in pieces.items()}
    for key, wanted in (("H1", 2), ("H2", 3)):
        ids = [
            row.equipment_id
            for row in db.session.execute(counts.numerator(definition(key, DAY), FULL, ("elevator",)))
        ]
        assert sorted(names[each] for each in ids) == sorted(
            name for name, case in CASES.items() if case[wanted]
        )
    standing_at_the_end = [
        name
        for name in CASES
        if name
        not in ("stopped before the day", "scrapped in the year", "locked", "put into use after the day")
    ]
    assert share("H1").whole == share("H2").whole == len(standing_at_the_end)


NEW_DAY = date(2026, 12, 31)  # a day of the second version; the pieces are those of 2025


def in_the_year(key: str, what: Period = FULL) -> Share:
    return total(counts.counted(definition(key, NEW_DAY), what, ("elevator",)).values())


def test_a_piece_with_two_open_hazards_counts_once_today_too(app: Flask) -> None:
    """Of today one read is enough, and a union of one read drops nothing."""
    piece, today = lift(), clock.today()
    hazard(piece, (today - timedelta(days=9)).isoformat())
    hazard(piece, (today - timedelta(days=2)).isoformat())
    assert share("H1", period(today.year, today)) == Share(1, 1)


def test_in_the_second_version_whatever_was_in_use_in_the_year_stays_in_it(app: Flask) -> None:
    pieces = {name: lift(*standing) for name, (standing, _hazards, _h1, _h2) in CASES.items()}
    for name, (_standing, hazards, _h1, _h2) in CASES.items():
        for found, closed in hazards:
            hazard(pieces[name], found, closed)
    names = {piece.id: name for name, piece in pieces.items()}
    stayed = ("stopped before the day", "scrapped in the year")  # locked since March only, in use never
    for key, wanted in (("H1", 2), ("H2", 3)):
        having = counts.numerator(definition(key, NEW_DAY), FULL, ("elevator",))
        ids = [row.equipment_id for row in db.session.execute(having)]
        assert sorted(names[each] for each in ids) == sorted(
            name for name, case in CASES.items() if case[wanted] or name in stayed
        )
    assert in_the_year("H1").whole == len(CASES) - len(("locked", "put into use after the day"))


@pytest.mark.parametrize("status", [E.STOPPED, E.LOCKED, E.SCRAPPED, E.MOVED_OUT])
def test_stopping_a_piece_lowers_neither_rate(app: Flask, status: EquipmentStatus) -> None:
    lift()
    with_hazard = lift()
    hazard(with_hazard, "2025-02-01")
    before = {key: in_the_year(key) for key in ("H1", "H2")}
    with db.transaction():
        stood = visible(SYSTEM, Standing).where(Standing.equipment_id == with_hazard.id)
        first = db.session.scalars(stood).one()
        first.until_on = date(2025, 6, 1)
        more = {"equipment_id": first.equipment_id, "area": first.area, "category": first.category}
        db.session.add(Standing(id=new_id(), status=status, from_on=first.until_on, **more))
    assert {key: in_the_year(key) for key in ("H1", "H2")} == before == {"H1": Share(1, 2), "H2": Share(1, 2)}


def stood_within(from_on: date, until_on: date | None, when: Period) -> bool:
    """Whether an interval of standing covers the end of any day of a period; it may cover none at all."""
    return from_on <= when.day and (until_on or date.max) > max(when.since, from_on)


STOOD = {
    # what stood -> in use on any day of 2025
    "all year": ([("2020-01-01", None)], True),
    "the first day alone": ([("2020-01-01", "2025-01-02")], True),
    "until the year began": ([("2020-01-01", "2025-01-01")], False),
    "the last day alone": ([("2025-12-31", None)], True),
    "from the day after": ([("2026-01-01", None)], False),
    "no day at all": ([("2025-05-01", "2025-05-01")], False),
    "twice": ([("2020-01-01", "2025-03-01"), ("2025-09-01", "2025-10-01")], True),
    "twice, once no day": ([("2025-02-01", "2025-03-01"), ("2025-03-01", "2025-03-01")], True),
}


@pytest.mark.parametrize("case", STOOD)
def test_a_piece_counts_once_if_it_was_in_use_on_any_day(app: Flask, case: str) -> None:
    intervals, counts_once = STOOD[case]
    lift(*((E.IN_USE, since, until) for since, until in intervals), (E.SCRAPPED, "2027-01-01", None))
    days = [
        (date.fromisoformat(since), date.fromisoformat(until) if until else None)
        for since, until in intervals
    ]
    assert any(stood_within(*each, FULL) for each in days) == counts_once
    assert in_the_year("H2").whole == int(counts_once)


def test_frozen_months_keep_the_version_of_their_day() -> None:
    versions = {day: definition("H1", day).version for day in (date(2026, 10, 31), date(2026, 11, 30))}
    assert versions == {date(2026, 10, 31): 1, date(2026, 11, 30): 2}


def test_before_the_year_is_over_the_pieces_of_the_report_day_are_the_denominator(app: Flask) -> None:
    lift((E.IN_USE, "2025-01-01", None))
    lift((E.IN_USE, "2025-09-01", None))
    assert share("H2", period(2025, date(2025, 8, 31))).whole == 1
    assert share("H2", period(2025, date(2025, 9, 1))).whole == 2
    assert share("H2", period(2025, date(2026, 5, 5))).whole == 2


def test_a_piece_that_moved_counts_once_and_where_it_stood_on_the_day(app: Flask) -> None:
    moved = lift()
    with db.transaction():
        first = db.session.scalars(visible(SYSTEM, Standing).where(Standing.equipment_id == moved.id)).one()
        first.until_on = date(2025, 6, 1)
        db.session.add(
            Standing(
                equipment_id=moved.id,
                id=new_id(),
                status=E.IN_USE,
                area=make.ELSEWHERE,
                category="elevator",
                from_on=date(2025, 6, 1),
            )
        )
    hazard(moved, "2025-02-01", "2025-03-01")
    assert counts.counted(definition("H2", DAY), FULL, ("elevator",)) == {
        ("elevator", make.ELSEWHERE): Share(1, 1)
    }


def test_serious_and_major_hazards_alone_make_the_third_rate(app: Flask) -> None:
    for grade in Grade:
        hazard(lift(), "2025-05-05", grade=grade)
    assert share("H3") == Share(2, 3)


def test_cylinders_never_touch_the_headline(app: Flask) -> None:
    hazard(lift(category="cylinder"), "2025-05-05")
    lift()
    assert share("H1") == Share(0, 1)
    assert share("H1", categories=("cylinder",)) == Share(1, 1)
    rated_with_others, rated_alone = counts.headline_categories(), counts.own_rate_categories()
    assert (
        "elevator" in rated_with_others,
        "cylinder" in rated_with_others,
        "cylinder" in rated_alone,
        "elevator" in rated_alone,
    ) == (True, False, True, False)
    assert sorted((*rated_with_others, *rated_alone)) == sorted(
        kind.key for kind in CATEGORIES if kind.extent is None
    )


@pytest.fixture
def city(app: Flask) -> dict[str, Any]:
    """Two counties with very different numbers of lifts, hazards in both."""
    big = [lift() for _ in range(10)]
    small = [lift(area=make.ELSEWHERE) for _ in range(2)]
    for piece in (big[0], small[0]):
        hazard(piece, clock.today().isoformat())
    bureau = make.organisation(OrganisationKind.REGULATOR, "某局", area=make.CITY)
    return {
        "big": big,
        "small": small,
        "office": make.user(bureau, Role.SUPERVISOR, area=make.CITY),
        "county": make.user(bureau, Role.SUPERVISOR, area=make.COUNTY),
        "township": make.user(bureau, Role.SUPERVISOR, area=make.TOWNSHIP),
        "elsewhere": make.user(bureau, Role.SUPERVISOR, area=make.ELSEWHERE),
    }


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("office", Share(2, 12)),
        ("county", Share(1, 10)),
        ("township", Share(1, 10)),
        ("elsewhere", Share(1, 2)),
    ],
)
def test_everybody_sees_the_rate_of_his_own_area(city: dict[str, Any], who: str, expected: Share) -> None:
    viewer, on = viewer_of(city[who]), clock.today()
    assert queries.rated("H1", queries.rate_query(viewer, on), on).share == expected
    reaching_out = queries.rate_query(viewer, on, area=make.CITY)
    assert queries.rated("H1", reaching_out, on).share == expected
    assert db.session.scalars(queries.devices(viewer, "H1", "part", reaching_out)).all() != []
    assert (
        len(db.session.scalars(queries.devices(viewer, "H1", "whole", reaching_out)).all()) == expected.whole
    )
    assert len(db.session.scalars(queries.devices(viewer, "H1", "part", reaching_out)).all()) == expected.part


def test_the_areas_below_add_up_to_the_rate_above_them(city: dict[str, Any]) -> None:
    what = queries.rate_query(viewer_of(city["office"]), clock.today())
    rows = queries.by_area(("H1",), what)
    assert [(row.code, row.shares) for row in rows] == [
        (make.COUNTY, (Share(1, 10),)),
        (make.ELSEWHERE, (Share(1, 2),)),
    ]
    assert (
        total(row.shares[0] for row in rows)
        == queries.share_of(definition("H1", clock.today()), what)
        == Share(2, 12)
    )


def test_pieces_below_no_known_area_are_not_lost(city: dict[str, Any]) -> None:
    lift(area=make.CITY)
    what = queries.rate_query(viewer_of(city["office"]), clock.today())
    rows = queries.by_area(("H1",), what)
    assert [(row.code, row.name) for row in rows][-1] == (make.CITY, "")
    assert total(row.shares[0] for row in rows) == Share(2, 13)


def test_month_ends_are_kept_and_a_late_finding_restates_them_in_the_ledger(city: dict[str, Any]) -> None:
    on = clock.today()
    ends = [day for day in queries.month_ends(on, 12) if day < on]
    first = tallies.keep_month_ends(on)
    assert (first["restated"], first["kept"]) == (
        0,
        len(tallies.definitions(on)) * len([day for day in queries.month_ends(on, tallies.BACK) if day < on]),
    )
    kept = db.session.scalars(
        visible(SYSTEM, Tally).where(Tally.day == ends[-1], Tally.definition == "H1")
    ).all()
    assert total(Share(row.part, row.whole) for row in kept) == Share(0, 12)
    hazard(city["big"][1], ends[-1].isoformat())
    old = hazard(city["big"][2], ends[0].isoformat())
    assert tallies.keep_month_ends(on)["restated"] >= 1
    forget_all()
    line = dict(queries.month_line("H1", queries.rate_query(viewer_of(city["office"]), on), on))
    assert line[ends[-1]] == Share(2, 12)
    assert line[ends[0]] == Share(0, 12)  # frozen: what was kept long ago is not counted again
    assert old.found_on == ends[0]


def test_the_chosen_definition_stands_alone_and_without_the_mark(
    city: dict[str, Any], signed_in: Any
) -> None:
    browser = signed_in(city["office"])
    before = browser.get("/rates").text
    choice = Choice(
        id=new_id(),
        key="official_rate",
        subject="",
        since=date(2020, 1, 1),
        value={"value": "H1"},
        cite="局文",
        chosen_at=clock.now(),
    )
    with db.transaction():
        db.session.add(choice)
    forget_all()
    after = browser.get("/rates").text
    marks = [(page.count("口径未确认</span>"), page.count("正式口径</span>")) for page in (before, after)]
    # The headline and the cylinders' own rate in both candidates, and the three other definitions; then one official one for each.
    assert marks == [(7, 0), (0, 2)]


def test_a_stranger_and_a_use_unit_see_no_rate(city: dict[str, Any], signed_in: Any, client: Any) -> None:
    unit = make.user(make.organisation(OrganisationKind.USE_UNIT), Role.SAFETY_OFFICER)
    assert [client.get(path).status_code for path in ("/rates", "/rates/devices", "/reports/months")] == [
        302,
        302,
        302,
    ]
    assert [
        signed_in(unit).get(path).status_code for path in ("/rates", "/rates/devices", "/reports/months")
    ] == [403, 403, 403]


def test_every_number_of_the_page_opens_the_pieces_behind_it(
    city: dict[str, Any], settings: Settings, signed_in: Any
) -> None:
    browser = signed_in(city["office"])
    page = browser.get("/rates")
    assert page.status_code == 200
    listed = browser.get(f"/rates/devices?definition=H1&part=part&area={make.ELSEWHERE}&category=elevator")
    assert listed.text.count('data-label="使用（产权）单位"') == 1
    assert len(csv_of(settings, browser, "/rates/devices?definition=H1&part=whole&category=elevator")) == 13
    odd = [
        browser.get(f"/rates/devices?{args}").status_code
        for args in (
            "definition=X",
            "day=x",
            "area=x",
            "area=²",
            "category=x",
            "day=2999-01-01&part=zz",
            "day=0001-01-01",
        )
    ]
    assert odd == [200] * 7
    assert [browser.get(f"/rates?year={year}").status_code for year in (1, 2015, FIRST_DAY.year, 99999)] == [
        200
    ] * 4


def test_what_stands_beside_the_rate_opens_the_list_of_its_area_and_days(
    city: dict[str, Any], signed_in: Any
) -> None:
    page = signed_in(city["office"]).get(f"/rates?area={make.COUNTY}").text
    days = f"on_from={make.days(-29)}&amp;on_until={make.days(0)}&amp;area={make.COUNTY}"
    lists = [
        f"/visits?{days}",
        f"/fills?{days}",
        f"/fills?state=refused&amp;{days}",
        f"/equipment?category=elevator&amp;status=in_use&amp;area={make.COUNTY}&amp;unplated=1",
        *(f"/dues?window=overdue&amp;applied={said}&amp;area={make.COUNTY}" for said in ("yes", "no")),
    ]
    assert [each for each in lists if f'href="{each}"' not in page] == []


def test_a_late_self_test_makes_nothing_overdue_for_inspection(app: Flask) -> None:
    tested, late = lift(), lift()
    with make.writing():
        db.session.add_all(
            Due(
                equipment_id=piece.id,
                id=new_id(),
                kind=kind,
                due_on=date(2025, 6, 30),
                citation={},
                explanation={},
                area=piece.area,
                category=piece.category,
                planned_at=clock.now(),
            )
            for piece, kind in (
                (tested, DueKind.SELF_TEST),
                (late, DueKind.INSPECTION),
                (late, DueKind.SELF_TEST),
            )
        )
        for piece in (tested, late):
            db.session.get_one(Equipment, piece.id).registered_on = date(2020, 1, 1)
    assert share("H5") == Share(1, 2)
    assert indicators.overdue_inspections(SYSTEM, make.CITY, date(2026, 1, 1)) == indicators.Overdue(0, 1)


def test_what_inspections_find_is_measured_against_what_they_saw(app: Flask) -> None:
    """H4: each piece once, corrections taken out; a self-test is made by the parties themselves and is no inspection."""
    seen_twice, clean, self_tested, unseen, last_year = (lift() for _ in range(5))
    for day in (date(2025, 3, 1), date(2025, 9, 1)):
        make.inspection(seen_twice, day)
    make.inspection(clean, date(2025, 12, 31))
    make.inspection(clean, date(2025, 12, 30), superseded=True)
    make.inspection(self_tested, date(2025, 6, 1), InspectionKind.SELF_TEST)
    make.inspection(last_year, date(2024, 12, 31))
    for piece in (seen_twice, self_tested, unseen, last_year):
        hazard(piece, "2025-09-01", source=FindingSource.INSPECTION)
    hazard(clean, "2025-12-31", source=FindingSource.MANUAL)
    assert share("H4") == Share(1, 2)
