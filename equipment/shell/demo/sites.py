"""Every other category in the demonstration city: boilers, vessels, tankers, pipelines, chambers, cranes,
vehicles, rides and a ropeway, with their owners, inspections, some overdue, one failed and now a hazard."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from equipment.core import clock
from equipment.core.fields import Fields
from equipment.core.months import add_months
from equipment.hazards.actions import confirm
from equipment.hazards.models import Finding
from equipment.inspections.actions import record
from equipment.inspections.checks import Result
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.labels.actions import issue_labels
from equipment.people.accounts import NewPerson, create_person
from equipment.people.organisations import open_organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.people.scope import visible
from equipment.register.entering import register
from equipment.register.models import Equipment, Label
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.clauses import Grade
from equipment.regulation.queries import rectify_days
from equipment.shell.demo.city import City
from equipment.shell.demo.floor import person_of
from equipment.shell.demo.pieces import noon
from equipment.storage.db import session, transaction

ENTERED_DAYS = 555  # ago: when these pieces came on file
OWNERS: Mapping[str, tuple[str, str, str]] = {  # name, area, safety officer
    "smelter": ("白银铜冶炼有限公司（演示）", "620402", "冯志远"),
    "chemicals": ("陇原精细化工有限公司（演示）", "620402", "蒋玉成"),
    "gas": ("白银城市燃气有限公司（演示）", "620402", "沈国平"),
    "heat": ("白银热力有限公司（演示）", "620402", "韩秀兰"),
    "hospital": ("白银仁和医院（演示）", "620402", "杨慧敏"),
    "park": ("金鱼公园管理处（演示）", "620402", "朱立新"),
    "scenery": ("黄河石林景区索道有限公司（演示）", "620423", "秦少华"),
    "haulage": ("陇中危险货物运输有限公司（演示）", "620402", "许大海"),
    "logistics": ("银西物流园有限公司（演示）", "620402", "何建军"),
}


@dataclass(frozen=True)
class SiteResult:
    """One result: how many months ago, which, how it came out, and the months to the day that it states."""

    months_ago: int
    kind: InspectionKind
    conclusion: Conclusion
    states_months: int = 0
    remark: str = ""


@dataclass(frozen=True)
class SitePiece:
    """One piece: whose, of which category, what it is called, what is known of it, since when it is used
    (months ago), what its papers stated (months ago, months to the next), and what our records have."""

    owner: str
    key: str
    name: str
    details: Mapping[str, object]
    age: int
    papers: tuple[int, int] | None = None
    results: tuple[SiteResult, ...] = field(default_factory=tuple)
    status: EquipmentStatus = EquipmentStatus.IN_USE


def _pieces() -> tuple[SitePiece, ...]:
    stated = tomllib.loads((Path(__file__).parent / "sites.toml").read_text("utf-8"))
    return tuple(_site_piece(one) for one in Fields(stated).tables("pieces"))


def _site_piece(stated: Fields) -> SitePiece:
    papers = stated.integers("papers")
    return SitePiece(
        stated.text("owner"),
        stated.text("category"),
        stated.text("name"),
        dict(stated.table("details").items()),
        stated.integer("age"),
        (papers[0], papers[1]) if papers else None,
        tuple(_site_result(one) for one in stated.tables("results")),
        EquipmentStatus(stated.text("status", EquipmentStatus.IN_USE)),
    )


def _site_result(stated: Fields) -> SiteResult:
    return SiteResult(
        stated.integer("months_ago"),
        InspectionKind(stated.text("kind")),
        Conclusion(stated.text("conclusion")),
        stated.integer("states_months", 0),
        stated.text("remark", ""),
    )


PIECES = _pieces()
VALVES_AND_GAUGES = {"safety_valves_on": 5, "gauges_on": 2}  # months ago
LATE = 2  # of every five
# The public pages of these stand on the sheet of codes.
SHOWN = {
    "1号蒸汽锅炉": "boiler",
    "城区中压A干管": "pipeline",
    "铸造起重机": "overdue_crane",
    "E-305换热器": "failed_vessel",
}


def sites_of_city(city: City, password_hash: str) -> None:
    """Owners, pieces with labels, and what was inspected, each on its own day."""
    office = next(unit for unit in city.of(OrganisationKind.REGULATOR) if unit.area == "6204")
    by = person_of(office, Role.SUPERVISOR)
    entered_at = noon(city.today - timedelta(days=ENTERED_DAYS))
    body = city.of(OrganisationKind.BODY)[0]
    with clock.played(entered_at), transaction():
        owners = {key: _owner(key, number, password_hash) for number, key in enumerate(OWNERS)}
        batch = issue_labels(len(PIECES), office.id, by=SYSTEM)
        session.flush()
        blank = visible(SYSTEM, Label).where(Label.batch_id == batch.id).order_by(Label.number)
        labels = [label.code for label in session.scalars(blank)]
        pieces = [
            _piece(city, number, piece, owners[piece.owner], labels[number], body.id, by)
            for number, piece in enumerate(PIECES)
        ]
    for piece, entered in zip(PIECES, pieces, strict=True):
        if piece.name in SHOWN:
            city.codes[SHOWN[piece.name]] = str(entered.label_code)
    inspector = person_of(body, Role.INSPECTOR)
    dated = sorted(
        (
            (add_months(city.today, -one.months_ago), number, one)
            for number, piece in enumerate(PIECES)
            for one in piece.results
        ),
        key=lambda row: row[:2],
    )
    for count, (day, number, one) in enumerate(dated):
        with clock.played(max(noon(day), entered_at + timedelta(days=1))), transaction():
            record(session.get_one(Equipment, pieces[number].id), _result(day, one, count), by=inspector)
    _failed(city, [piece.id for piece in pieces])


def _owner(key: str, number: int, password_hash: str) -> UUID:
    name, area, officer = OWNERS[key]
    values = {
        "name": name,
        "area": area,
        "credit_code": f"91620400DEMOS{number:04}X",
        "phone": f"0943-86000{number:02}",
    }
    unit = open_organisation(OrganisationKind.USE_UNIT, values, by=SYSTEM)
    new = NewPerson(officer, f"1917000{number:04}", {Role.SAFETY_OFFICER}, password_hash)
    create_person(unit, new, by=SYSTEM)
    return unit.id


def _piece(
    city: City, number: int, piece: SitePiece, owner: UUID, label: str, body: UUID, by: Viewer
) -> Equipment:
    kind, used = category(piece.key), add_months(city.today, -piece.age)
    code = str(piece.details["catalogue"])
    certified = f"甘D{number + 1:05}({used.year % 100:02})"
    numbers = {
        IdentifierKind.EQUIPMENT_CODE: f"{code}10620{used.year}{number + 1:05}",
        IdentifierKind.CERTIFICATE_NO: f"{kind.certificate_sign}{code[1:3]}{certified}",
    }
    days: dict[str, object] = {}
    if piece.papers is not None:
        last = add_months(city.today, -piece.papers[0])
        days = {"last_inspected_on": last, "next_inspection_on": add_months(last, piece.papers[1])}
    return register(
        {
            "category": piece.key,
            "name": piece.name,
            "serial": f"S{used.year}-{number + 1:04}",
            "maker": "示例装备制造有限公司（演示）",
            "made_on": used - timedelta(days=200),
            "registered_on": used,
            "in_use_since": used,
            "owner_id": owner,
            "use_unit_id": owner,
            "inspection_body_id": body,
            "area": OWNERS[piece.owner][1],
            "address": f"{OWNERS[piece.owner][0].removesuffix('（演示）')}厂区",
            "details": {**piece.details, **_accessories(city, number, piece)},
            "identifiers": numbers,
            "status": piece.status,
            "label": label,
            **days,
        },
        by=by,
    )


def _accessories(city: City, number: int, piece: SitePiece) -> dict[str, object]:
    """When valves, gauges and the yearly check were last seen to: some were forgotten."""
    if number % 5 == LATE:
        return {}
    fields, stated = category(piece.key).details_type.model_fields, {"annual_check_on": 4}
    stated |= {name: months for name, months in VALVES_AND_GAUGES.items() if piece.details.get(name[:-3])}
    return {name: add_months(city.today, -months) for name, months in stated.items() if name in fields}


def _result(day: date, one: SiteResult, number: int) -> Result:
    return Result(
        kind=one.kind,
        on=day,
        conclusion=one.conclusion,
        report_no=f"DEMO-S-{day.year}-{number + 1:04}",
        remark=one.remark,
        stated_next_on=add_months(day, one.states_months) if one.states_months else None,
        next_reason="检验报告载明" if one.states_months else "",
    )


def _failed(city: City, ids: list[UUID]) -> None:
    """The vessel that failed: its finding became a major hazard (4.3a), decided by the county."""
    county = next(unit for unit in city.of(OrganisationKind.REGULATOR) if unit.area == "620402")
    by = person_of(county, Role.SUPERVISOR)
    finding = session.scalars(visible(SYSTEM, Finding).where(Finding.equipment_id.in_(ids))).one()
    decided: datetime = noon(finding.found_on + timedelta(days=3))
    with clock.played(decided), transaction():
        finding = session.scalars(visible(SYSTEM, Finding).where(Finding.id == finding.id)).one()
        until = clock.today() + timedelta(days=rectify_days(Grade.MAJOR, clock.today()))
        confirm(finding, Grade.MAJOR, finding.clause, until, by=by, still_used=True)
