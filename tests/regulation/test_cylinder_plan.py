"""A cylinder's inspections, its design life and the last day it may be filled."""

from datetime import date

import pytest

from equipment.regulation.cylinder import CYLINDER
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_interval import inspection_interval
from equipment.regulation.cylinder_life import last_fill_day
from equipment.regulation.packs import Override
from equipment.regulation.planning import Conclusion, Done, DueKind, Extension, Life, Planned, Stop

RULES = CYLINDER.regulation
TODAY = date(2026, 11, 23)
LPG = {"variety": "lpg", "medium": "LPG"}
OXYGEN = {"variety": "seamless", "medium": "O2"}


def life(
    details: dict[str, object], made: date | None = date(2015, 3, 1), *inspected: date, **more: object
) -> Life:
    done = tuple(Done(DueKind.INSPECTION, day) for day in inspected)
    return Life(CylinderDetails.model_validate(details), made_on=made, **{"done": done, **more})  # type: ignore[arg-type]


def planned(of: Life, kind: DueKind) -> Planned | None:
    return next((each for each in CYLINDER.plan(of, TODAY) if each.kind is kind), None)


def due(of: Life, kind: DueKind = DueKind.INSPECTION) -> date | None:
    found = planned(of, kind)
    return found.due_on if found else None


@pytest.mark.parametrize(
    ("details", "years"),
    [
        pytest.param(OXYGEN, 3, id="seamless oxygen: 3"),
        pytest.param({"variety": "seamless", "medium": "N2"}, 5, id="seamless nitrogen: 5"),
        pytest.param({"variety": "seamless", "medium": "AR"}, 5, id="seamless argon: 5"),
        pytest.param({"variety": "seamless", "medium": "SF6"}, 5, id="seamless SF6: 5"),
        pytest.param({"variety": "seamless", "medium": "CO2"}, 3, id="seamless carbon dioxide: 3"),
        pytest.param({"variety": "seamless", "medium": "H2"}, 3, id="seamless hydrogen: 3"),
        pytest.param({"variety": "welded", "medium": "CL2"}, 2, id="welded chlorine, corrosive: 2"),
        pytest.param({"variety": "welded", "medium": "R22"}, 3, id="welded R22: 3"),
        pytest.param({"variety": "aluminium", "medium": "AIR", "use": "diving"}, 2, id="aluminium diving: 2"),
        pytest.param(
            {"variety": "seamless", "medium": "N2", "use": "marine"},
            2,
            id="nitrogen in contact with sea water: 2",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "H2", "high_purity": True}, 5, id="high-purity hydrogen: 5"
        ),
        pytest.param(
            {"variety": "seamless", "medium": "CL2", "high_purity": True},
            2,
            id="high purity does not help a corrosive gas",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "MIX", "components": "AR,CO2"},
            3,
            id="mixture: the shortest of its components",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "MIX", "components": "AR,HE"}, 5, id="mixture of inert gases: 5"
        ),
        pytest.param(LPG, 4, id="LPG: 4"),
        pytest.param({"variety": "lpg", "medium": "DME"}, 4, id="household DME: 4"),
        pytest.param({"variety": "vehicle_lpg", "medium": "LPG"}, 5, id="vehicle LPG: 5"),
        pytest.param({"variety": "vehicle_cng", "medium": "CNG"}, 3, id="vehicle CNG: 3"),
        pytest.param(
            {"variety": "wound", "medium": "AIR", "use": "breathing"}, 3, id="breathing apparatus: 3"
        ),
        pytest.param({"variety": "cryogenic", "medium": "O2"}, 3, id="cryogenic: 3"),
        pytest.param({"variety": "acetylene", "medium": "C2H2"}, 3, id="acetylene: 3"),
    ],
)
def test_the_interval_by_variety_medium_and_use(details: dict[str, object], years: int) -> None:
    assert inspection_interval(RULES, CylinderDetails.model_validate(details), TODAY).months == years * 12


def test_the_longer_interval_of_treated_cylinders_waits_for_the_bureaus_confirmation() -> None:
    details = CylinderDetails(variety="seamless", medium="AR", high_purity=True, treated_inside=True)
    assert inspection_interval(RULES, details, TODAY).months == 60
    confirmed = RULES.overlaid(
        [Override("inspection_months.high_purity.other", date(2021, 6, 1), None, "白市监函〔2026〕1号", "7")]
    )
    assert inspection_interval(confirmed, details, TODAY).months == 96


@pytest.mark.parametrize(
    ("details", "inspected", "expected"),
    [
        pytest.param(
            LPG, date(2022, 3, 9), date(2026, 3, 31), id="LPG, March 2022: to the end of March 2026"
        ),
        pytest.param(LPG, date(2024, 2, 29), date(2028, 2, 29), id="29 February, 4 years: 29 February"),
        pytest.param(OXYGEN, date(2024, 2, 29), date(2027, 2, 28), id="29 February, 3 years: 28 February"),
        pytest.param(OXYGEN, date(2023, 8, 31), date(2026, 8, 31), id="31 August stays 31 August"),
    ],
)
def test_the_next_inspection_is_due_by_the_end_of_its_month(
    details: dict[str, object], inspected: date, expected: date
) -> None:
    assert due(life(details, date(2015, 3, 1), inspected)) == expected


@pytest.mark.parametrize(
    ("practice", "expected"),
    [
        ("month_end", date(2026, 3, 31)),
        ("exact_day", date(2026, 3, 9)),
        ("previous_month_end", date(2026, 2, 28)),
    ],
)
def test_the_bureau_decides_which_day_of_the_due_month_is_the_last(practice: str, expected: date) -> None:
    local = CYLINDER.overlaid(
        Override("inspection_valid_through", date(2020, 1, 1), practice, "白市监发〔2026〕9号", "7")
    )
    assert local.plan(life(LPG, date(2020, 1, 1), date(2022, 3, 9)), TODAY)[0].due_on == expected


def test_the_plan_explains_itself_and_cites() -> None:
    found = planned(life(LPG, date(2019, 3, 1), date(2022, 3, 9)), DueKind.INSPECTION)
    assert found is not None
    assert (
        found.explanation.msgid
        == "Last periodic inspection %(since)s; LPG cylinders: every %(years)s years → %(due)s"
    )
    assert found.explanation.params == {"since": "2022-03", "years": "4", "due": "2026-03"}
    assert found.citation.document == "GB/T 8334-2022 液化石油气钢瓶定期检验与评定"


def test_without_an_inspection_the_first_one_counts_from_the_month_of_manufacture() -> None:
    assert due(life(OXYGEN, date(2024, 6, 10))) == date(2027, 6, 30)


def test_a_vehicle_cylinder_counts_from_its_installation() -> None:
    cng = {"variety": "vehicle_cng", "medium": "CNG"}
    assert due(life(cng, date(2023, 1, 5), base_on=date(2024, 2, 10))) == date(2027, 2, 28)


def test_a_shorter_day_on_the_report_wins_and_a_longer_one_does_not() -> None:
    shorter = (Done(DueKind.INSPECTION, date(2024, 3, 9), next_on=date(2026, 3, 1)),)
    longer = (Done(DueKind.INSPECTION, date(2024, 3, 9), next_on=date(2034, 3, 1)),)
    assert due(life(LPG, done=shorter)) == date(2026, 3, 31)
    assert due(life(LPG, done=longer)) == date(2028, 3, 31)


def test_an_inspection_that_was_not_passed_is_due_at_once() -> None:
    failed = life(
        OXYGEN,
        done=(
            Done(DueKind.INSPECTION, date(2025, 1, 5)),
            Done(DueKind.INSPECTION, date(2026, 7, 1), Conclusion.FAILED),
        ),
    )
    assert due(failed) == date(2026, 7, 1)


@pytest.mark.parametrize(
    ("stop", "inspected", "expected"),
    [
        pytest.param(
            Stop(date(2021, 1, 1), date(2024, 2, 1)),
            date(2020, 12, 1),
            date(2024, 2, 1),
            id="idle longer than 3 years: inspect first",
        ),
        pytest.param(
            Stop(date(2021, 1, 1), date(2024, 2, 1)),
            date(2024, 1, 20),
            date(2027, 1, 31),
            id="inspected before it came back",
        ),
        pytest.param(
            Stop(date(2023, 1, 1), date(2024, 2, 1)),
            date(2022, 12, 1),
            date(2025, 12, 31),
            id="idle for one year: nothing changes",
        ),
    ],
)
def test_a_cylinder_idle_longer_than_one_interval_is_inspected_before_use(
    stop: Stop, inspected: date, expected: date
) -> None:
    assert due(life(OXYGEN, date(2019, 1, 1), inspected, stops=(stop,))) == expected


@pytest.mark.parametrize(
    ("details", "made", "expected"),
    [
        pytest.param(
            {**LPG, "edition": "gb5842_1996"}, date(2006, 8, 1), date(2021, 8, 31), id="LPG 1996: 15 years"
        ),
        pytest.param(
            {**LPG, "edition": "gb5842_2006"}, date(2016, 12, 1), date(2024, 12, 31), id="LPG 2006: 8 years"
        ),
        pytest.param(
            LPG, date(2016, 12, 1), date(2024, 12, 31), id="LPG, standard not noted, made 2016: 8 years"
        ),
        pytest.param(
            LPG, date(2006, 12, 1), date(2021, 12, 31), id="LPG, nothing stated, made 2006: 15 years"
        ),
        pytest.param(LPG, date(2024, 3, 1), None, id="LPG of 2024 without its stamp: not known"),
        pytest.param(
            {**LPG, "edition": "gb5842_2023", "design_life_years": 12},
            date(2024, 3, 1),
            date(2036, 3, 31),
            id="LPG 2023: as stamped",
        ),
        pytest.param(
            {**LPG, "edition": "gbt5842_2022", "design_life_years": 8},
            date(2023, 3, 1),
            date(2031, 3, 31),
            id="LPG 2022: as stamped",
        ),
        pytest.param(OXYGEN, date(2016, 3, 1), date(2046, 3, 31), id="seamless steel: 30 years"),
        pytest.param(
            {**OXYGEN, "design_life_years": 20}, date(2016, 3, 1), date(2036, 3, 31), id="the stamp wins"
        ),
        pytest.param(
            {"variety": "welded", "medium": "R22"},
            date(2016, 3, 1),
            date(2036, 3, 31),
            id="welded steel: 20 years",
        ),
        pytest.param(
            {"variety": "welded", "medium": "CL2"},
            date(2016, 3, 1),
            date(2028, 3, 31),
            id="corrosive gas: 12 years",
        ),
        pytest.param(
            {"variety": "seamless", "medium": "O2", "use": "marine"},
            date(2016, 3, 1),
            date(2028, 3, 31),
            id="marine: 12 years",
        ),
        pytest.param(
            {"variety": "acetylene", "medium": "C2H2"},
            date(2016, 3, 1),
            date(2036, 3, 31),
            id="acetylene: 20 years",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG"},
            date(2016, 3, 1),
            date(2031, 3, 31),
            id="vehicle CNG: 15 years",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG", "standard": "GB 17258-1998"},
            date(2016, 3, 1),
            None,
            id="vehicle CNG to the edition of 1998: only the stamp tells",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG"},
            date(2010, 12, 1),
            None,
            id="vehicle CNG made before the edition of 2011",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG", "standard": "GB 17258-2011"},
            date(2010, 12, 1),
            date(2025, 12, 31),
            id="vehicle CNG: the noted standard goes first",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG", "standard": "GB 17258-1998", "design_life_years": 10},
            date(2016, 3, 1),
            date(2026, 3, 31),
            id="vehicle CNG to the edition of 1998 with a stamp",
        ),
        pytest.param(
            {"variety": "vehicle_cng", "medium": "CNG", "use": "taxi"},
            date(2020, 3, 1),
            date(2028, 3, 31),
            id="taxi CNG: 8 years",
        ),
        pytest.param(
            {**OXYGEN, "design_life_years": 8}, date(2024, 2, 29), date(2032, 2, 29), id="29 February"
        ),
        pytest.param(OXYGEN, None, None, id="day of manufacture unknown"),
    ],
)
def test_the_design_life_ends_by_stamp_edition_and_variety(
    details: dict[str, object], made: date | None, expected: date | None
) -> None:
    assert due(life(details, made), DueKind.END_OF_LIFE) == expected


@pytest.mark.parametrize(
    ("details", "approved", "expected"),
    [
        pytest.param(
            {**LPG, "edition": "gb5842_2006"},
            date(2028, 12, 31),
            date(2028, 12, 31),
            id="LPG 2006: 4 more years",
        ),
        pytest.param(
            {**LPG, "edition": "gb5842_2006"},
            date(2035, 12, 31),
            date(2028, 12, 31),
            id="LPG 2006: 12 years, then scrapped",
        ),
        pytest.param(
            {**OXYGEN, "design_life_years": 8},
            date(2040, 1, 1),
            date(2027, 12, 31),
            id="others: at most one interval",
        ),
        pytest.param(
            {**LPG, "edition": "gb5842_2006"},
            date(2020, 1, 1),
            date(2024, 12, 31),
            id="an approval cannot shorten the life",
        ),
    ],
)
def test_a_life_is_prolonged_once_and_never_beyond_the_rules(
    details: dict[str, object], approved: date, expected: date
) -> None:
    extension = Extension(DueKind.END_OF_LIFE, date(2024, 12, 31), approved, "安全评估合格")
    assert due(life(details, date(2016, 12, 1), extensions=(extension,)), DueKind.END_OF_LIFE) == expected


@pytest.mark.parametrize(
    ("of", "expected"),
    [
        pytest.param(
            life(LPG, date(2020, 5, 1), date(2024, 5, 8)),
            (date(2028, 5, 31), DueKind.INSPECTION),
            id="both in the same month",
        ),
        pytest.param(
            life(LPG, date(2019, 5, 1), date(2024, 5, 8)),
            (date(2027, 5, 31), DueKind.END_OF_LIFE),
            id="the life ends first",
        ),
        pytest.param(
            life(LPG, date(2022, 5, 1)),
            (date(2026, 5, 31), DueKind.INSPECTION),
            id="the inspection comes first",
        ),
    ],
)
def test_filling_ends_with_the_earlier_of_inspection_and_life(
    of: Life, expected: tuple[date, DueKind]
) -> None:
    ends = {due(of, kind): kind for kind in (DueKind.END_OF_LIFE, DueKind.INSPECTION)}
    until = last_fill_day(due(of), due(of, DueKind.END_OF_LIFE))
    assert (until, ends[until]) == expected


def test_nothing_is_promised_for_a_cylinder_without_any_date() -> None:
    of = life(OXYGEN, None)
    assert CYLINDER.plan(of, TODAY) == ()
    assert last_fill_day(due(of), due(of, DueKind.END_OF_LIFE)) is None


@pytest.mark.parametrize("status", ["stopped", "scrapped", "cancelled"])
def test_a_cylinder_out_of_use_has_no_duties(status: str) -> None:
    assert CYLINDER.plan(life(LPG, status=status), TODAY) == ()


def test_a_locked_cylinder_keeps_its_duties() -> None:
    assert len(CYLINDER.plan(life(LPG, status="locked"), TODAY)) == 2
