"""What a month still lacks before its report is issued, with the name of whoever is responsible."""

from __future__ import annotations

from collections import Counter
from datetime import date

from sqlalchemy import Select, func, select

from equipment.core.months import month_end
from equipment.core.words import N_
from equipment.dues.models import Due
from equipment.dues.queries import due_between
from equipment.hazards.models import Finding
from equipment.hazards.queries import organisation_names
from equipment.hazards.rules import FindingState
from equipment.people.models import Area
from equipment.people.rules import Viewer
from equipment.people.scope import visible, within
from equipment.regulation.planning import INSPECTIONS
from equipment.reports.rules import Missing
from equipment.storage.db import session
from equipment.suspicions.states import SuspicionKind
from equipment.suspicions.stations import answerable, station_signals

UNDECIDED, UNRECORDED, SILENT = (
    N_("Findings not decided"),
    N_("Inspections due in the month without a result"),
    N_("Station without uploads"),
)


def missing(viewer: Viewer, area: str, month: date, on: date) -> list[Missing]:
    """Undecided findings by area, inspections without a result by body, silent stations by name."""
    end = month_end(month)
    areas = {place.code: place for place in session.scalars(select(Area))}
    names = {code: place.responsible for code, place in areas.items()}
    open_findings = visible(viewer, Finding).where(
        Finding.state == FindingState.OPEN, Finding.found_on <= end, within(Finding.area, area)
    )
    findings = [
        Missing(
            UNDECIDED,
            number,
            answerable(names, code),
            f"/hazards?tab=findings&area={code}",
            {"name": areas[code].name, "name_en": areas[code].name_en} if code in areas else {},
        )
        for code, number in _counties(open_findings, area).items()
    ]
    silent = [
        Missing(
            SILENT,
            1,
            station.responsible,
            f"/organisations/{station.organisation.id}",
            {"name": station.organisation.name},
        )
        for station in station_signals(viewer, area, on)
        if SuspicionKind.SILENT in station.signals
    ]
    return findings + _unrecorded(viewer, area, month, end) + silent


def _counties(findings: Select[Finding], area: str) -> Counter[str]:
    """Counts by the level below the area: that is where somebody answers for them."""
    length = {4: 6, 6: 9}.get(len(area), 12)
    numbers: Counter[str] = Counter()
    for code, number in session.execute(
        findings.with_only_columns(Finding.area, func.count()).group_by(Finding.area)
    ):
        numbers[code[:length]] += number
    return numbers


def _unrecorded(viewer: Viewer, area: str, month: date, end: date) -> list[Missing]:
    """Inspections that fell due in the month and have no result, by the body that was to make them."""
    unrecorded = due_between(viewer, month, end, kinds=INSPECTIONS).where(within(Due.area, area))
    rows = session.execute(
        unrecorded.with_only_columns(Due.body_id, func.count()).group_by(Due.body_id)
    ).all()
    names = organisation_names({body for body, _number in rows})
    return [
        Missing(
            UNRECORDED,
            number,
            names.get(body, ""),
            f"/dues?window=all&month={month:%Y-%m}&area={area}&body={body or ''}",
        )
        for body, number in rows
    ]
