"""Findings and hazards of the demonstration city: enough to stand near the 2 % line, in every state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from equipment.core import clock
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState, HazardState
from equipment.life.models import PublicReport
from equipment.life.states import ReportKind, ReportState
from equipment.people.rules import OrganisationKind, Role
from equipment.register.models import Equipment
from equipment.regulation.clauses import Grade
from equipment.regulation.queries import finding_confirms_days, rectify_days
from equipment.shell.demo.city import City
from equipment.shell.demo.pieces import Piece, noon
from equipment.shell.demo.writing import TableRow
from equipment.storage.db import Base

FOUND_BY_HAND = (
    ("底坑积水，停止装置被水浸", "", Grade.GENERAL),
    ("门锁安全回路被短接", "4.6b", Grade.MAJOR),
    ("超出设计参数范围使用", "25.5", Grade.SERIOUS),
    ("扶梯急停按钮失效", "4.6d", Grade.MAJOR),
    ("安全标志缺失", "", Grade.GENERAL),
    ("五方对讲不通", "", Grade.GENERAL),
)
REPORTS = (
    ("电梯关门夹人", ReportState.RECEIVED, 1),
    ("运行中晃动明显", ReportState.CHECKING, 3),
    ("轿厢内未贴使用标志", ReportState.ANSWERED, 20),
    ("瓶身锈蚀严重，瓶阀漏气", ReportState.FILED, 60),
)
KEPT_ABNORMAL = 3
BOTTLE_HAZARDS = 38


class Discovery(NamedTuple):
    """What somebody found at a piece, and by which record."""

    piece: Piece
    source: FindingSource
    text: str
    day: date
    source_id: UUID | None = None
    grade: Grade = Grade.GENERAL
    clause: str = ""


class Warden:
    """Writes findings with what became of them."""

    def __init__(self, city: City) -> None:
        self.city, self.book = city, city.book
        self._supervisor = next(
            unit for unit in city.of(OrganisationKind.REGULATOR) if unit.area == "620402"
        ).one(Role.SUPERVISOR)
        self._number = 0
        self._confirm_days = finding_confirms_days(city.today)
        self._rectify_days = {grade: timedelta(days=rectify_days(grade, city.today)) for grade in Grade}

    def tell(
        self,
        lifts: list[Piece],
        bottles: list[Piece],
        failed: list[tuple[Piece, date, TableRow]],
        abnormal: list[tuple[Piece, TableRow, str]],
    ) -> None:
        for piece, day, record in failed:
            source, text = FindingSource.INSPECTION, "定期检验不合格"
            discovery = Discovery(piece, source, text, day, record["id"], Grade.MAJOR, "4.6a")
            self.hazard(discovery, closed_after=25)
        self._of_visits(abnormal[-60:])
        self._by_hand(lifts)
        for place, piece in enumerate([bottle for bottle in bottles if bottle.story == ""][:BOTTLE_HAZARDS]):
            day = self.city.today - timedelta(days=4 + 7 * place)
            self.hazard(
                Discovery(piece, FindingSource.FILL_CHECK, "瓶体腐蚀，护罩变形", day), closed_after=10
            )
        self._reports(lifts, bottles)

    def _of_visits(self, abnormal: Sequence[tuple[Piece, TableRow, str]]) -> None:
        """What technicians noted: a few became hazards, most were put right or dismissed."""
        for place, (piece, visit, note) in enumerate(abnormal):
            discovery = Discovery(piece, FindingSource.VISIT, note, visit["on"], visit["id"])
            if place % 5 == 0 and place // 5 < KEPT_ABNORMAL:
                self.hazard(discovery, closed_after=12)
            else:
                self.finding(discovery, FindingState.PUT_RIGHT if place % 3 else FindingState.DISMISSED)

    def _by_hand(self, lifts: list[Piece]) -> None:
        """What supervisors saw: hazards at four lifts of the late manager (the rate stays near its aim), and
        findings to be confirmed."""
        late, today = self.city.of(OrganisationKind.USE_UNIT)[0], self.city.today
        own = [lift for lift in lifts if lift.unit is late and lift.row["status"] == "in_use"]
        for place, (text, clause, grade) in enumerate(FOUND_BY_HAND):
            piece, day = (own[place % 4], today - timedelta(days=6 + 9 * place))
            discovery = Discovery(piece, FindingSource.MANUAL, text, day, None, grade, clause)
            self.hazard(discovery, closed_after=200)
        for place, piece in enumerate(lifts[120:126]):
            text, day = FOUND_BY_HAND[place % 6][0], today - timedelta(days=1 + 2 * place)
            self.finding(Discovery(piece, FindingSource.MANUAL, text, day), FindingState.OPEN)

    def finding(self, discovery: Discovery, state: FindingState, **more: object) -> TableRow:
        at, row = noon(discovery.day), discovery.piece.row
        decided: TableRow = {}
        if state is not FindingState.OPEN:
            text = {FindingState.PUT_RIGHT: "现场已处理", FindingState.DISMISSED: "复核后不构成隐患"}.get(
                state, ""
            )
            decided = {
                "decided_at": at + timedelta(hours=3),
                "decided_by": self._supervisor["id"],
                "decision": text,
            }
        finding = self.book.add(
            Finding,
            equipment_id=discovery.piece.id,
            id=self.book.id(),
            organisation_id=row["maintenance_firm_id"] or discovery.piece.unit.id,
            area=row["area"],
            category=row["category"],
            source=discovery.source,
            source_id=discovery.source_id,
            state=state,
            description=discovery.text,
            found_on=discovery.day,
            happened_at=at,
            received_at=at,
            confirm_by=discovery.day + timedelta(days=self._confirm_days),
            **decided,
            **more,
        )
        tell, key, rows = self.book.tell, discovery.piece.id, [(Finding, finding)]
        about = {"finding": finding["id"]}
        tell(at, "equipment", key, "finding.found", rows, **about, source=str(discovery.source))
        if state in (FindingState.DISMISSED, FindingState.PUT_RIGHT):
            about["text"], verb = finding["decision"], f"finding.{state}"
            tell(finding["decided_at"], "equipment", key, verb, rows, by=self._supervisor, **about)
        return finding

    def hazard(self, discovery: Discovery, *, closed_after: int) -> None:
        """A finding that was confirmed; put right and closed `closed_after` days later, if that is over."""
        row, confirmed, hazard_id = (
            discovery.piece.row,
            noon(discovery.day) + timedelta(hours=4),
            self.book.id(),
        )
        finding = self.finding(
            discovery, FindingState.CONFIRMED, hazard_id=hazard_id, clause=discovery.clause
        )
        people = discovery.piece.unit.people
        officer = people.get(Role.SAFETY_OFFICER, people.get(Role.STATION_OWNER, [None]))[0]
        state, values = self._progress(discovery.day, confirmed, closed_after, officer)
        hazard = self.book.add(
            Hazard,
            equipment_id=discovery.piece.id,
            id=hazard_id,
            finding_id=finding["id"],
            organisation_id=finding["organisation_id"],
            responsible_id=row["use_unit_id"] or row["owner_id"],
            area=row["area"],
            category=row["category"],
            source=discovery.source,
            grade=discovery.grade,
            clause=discovery.clause,
            description=discovery.text,
            found_on=discovery.day,
            confirmed_at=confirmed,
            confirmed_by=f"user:{self._supervisor['id']}",
            due_on=discovery.day + self._rectify_days[discovery.grade],
            state=state,
            **values,
        )
        stopped = []
        if discovery.grade.stops_use and state is not HazardState.CLOSED:
            row["stop_use_since"] = min(row["stop_use_since"] or discovery.day, discovery.day)
            stopped = [(Equipment, row)]
        before = {name: "" if name in ("rectification", "recheck") else None for name in values}
        self._story(hazard, finding, officer, stopped, before=before)

    def _progress(
        self, day: date, confirmed: datetime, closed_after: int, officer: TableRow | None
    ) -> tuple[HazardState, TableRow]:
        """How far a hazard has come by today, with the columns that say so."""
        closed, values = day + timedelta(days=closed_after), TableRow()
        state = HazardState.RECTIFIED if closed_after < 30 else HazardState.OPEN
        if closed <= self.city.today:
            state = HazardState.CLOSED
        if state is not HazardState.OPEN:
            rectified = min(noon(closed - timedelta(days=3)), clock.now() - timedelta(hours=5))
            values |= {
                "rectification": "已更换并调试，附照片",
                "rectified_at": max(rectified, confirmed),
                "rectified_by": officer["id"] if officer else None,
            }
        if state is HazardState.CLOSED:
            values |= {
                "closed_on": closed,
                "recheck": "复查合格",
                "rechecked_at": max(noon(closed), confirmed + timedelta(hours=1)),
                "rechecked_by": self._supervisor["id"],
            }
        return state, values

    def _story(
        self,
        hazard: TableRow,
        finding: TableRow,
        officer: TableRow | None,
        stopped: Sequence[tuple[type[Base], TableRow]],
        *,
        before: TableRow,
    ) -> None:
        """Confirmed, put right, closed: a line for each step that has been taken."""
        tell, key, about = self.book.tell, hazard["equipment_id"], {"hazard": hazard["id"]}
        at_first = hazard | before | {"state": HazardState.OPEN}
        rows: list[tuple[type[Base], TableRow]] = [(Finding, finding), (Hazard, at_first), *stopped]
        graded = {"grade": str(hazard["grade"]), "clause": hazard["clause"]}
        graded |= {"stop_use": True} if stopped else {}
        at, verb = hazard["confirmed_at"], "hazard.confirmed"
        tell(at, "equipment", key, verb, rows, by=self._supervisor, **about, **graded)
        if hazard["state"] is not HazardState.OPEN:
            open_still = {
                name: value for name, value in before.items() if name.startswith(("closed", "recheck"))
            }
            put_right = hazard | open_still | {"state": HazardState.RECTIFIED}
            at, verb, about["text"] = hazard["rectified_at"], "hazard.rectified", hazard["rectification"]
            tell(at, "equipment", key, verb, [(Hazard, put_right)], by=officer, **about)
        if hazard["state"] is HazardState.CLOSED:
            at, verb, about["text"] = hazard["rechecked_at"], "hazard.closed", hazard["recheck"]
            tell(at, "equipment", key, verb, [(Hazard, hazard)], by=self._supervisor, **about)

    def _reports(self, lifts: list[Piece], bottles: list[Piece]) -> None:
        for place, (text, state, back) in enumerate(REPORTS):
            piece = bottles[300] if "瓶" in text else lifts[200 + place]
            day = self.city.today - timedelta(days=back)
            answered = (
                {
                    "reply": "已核查并督促整改，感谢您的反映。",
                    "answered_at": noon(day + timedelta(days=5)),
                    "answered_by": self._supervisor["id"],
                }
                if state in (ReportState.ANSWERED, ReportState.FILED)
                else {}
            )
            report = self.book.add(
                PublicReport,
                id=self.book.id(),
                number=f"JB{day:%Y%m%d}{place + 1:04}",
                equipment_id=piece.id,
                area=piece.row["area"],
                category=piece.row["category"],
                kind=ReportKind.OTHER,
                description=text,
                state=state,
                received_at=min(noon(day), clock.now()),
                due_on=day + timedelta(days=15),
                **answered,
            )
            self.book.tell(
                report["received_at"],
                "equipment",
                piece.id,
                "report.received",
                [(PublicReport, report)],
                report=report["id"],
            )
