"""Findings and hazards of the demonstration city: enough to stand near the 2 % line, in every state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
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
            self.hazard(
                piece,
                FindingSource.INSPECTION,
                "定期检验不合格",
                day,
                Grade.MAJOR,
                "4.6a",
                record["id"],
                closed_after=25,
            )
        for place, (piece, visit, note) in enumerate(abnormal[-60:]):
            if place % 5 == 0 and place // 5 < KEPT_ABNORMAL:
                self.hazard(
                    piece,
                    FindingSource.VISIT,
                    note,
                    visit["on"],
                    Grade.GENERAL,
                    "",
                    visit["id"],
                    closed_after=12,
                )
            else:
                self.finding(
                    piece,
                    FindingSource.VISIT,
                    note,
                    visit["on"],
                    FindingState.PUT_RIGHT if place % 3 else FindingState.DISMISSED,
                    visit["id"],
                )
        late = self.city.of(OrganisationKind.USE_UNIT)[0]
        own = [lift for lift in lifts if lift.unit is late and lift.row["status"] == "in_use"]
        for place, (text, clause, grade) in enumerate(FOUND_BY_HAND):
            piece = own[place % 4] if place < 4 else lifts[60 + place]
            self.hazard(
                piece,
                FindingSource.MANUAL,
                text,
                self.city.today - timedelta(days=6 + 9 * place),
                grade,
                clause,
                None,
                closed_after=200,
            )
        for place, piece in enumerate(lifts[120:126]):
            self.finding(
                piece,
                FindingSource.MANUAL,
                FOUND_BY_HAND[place % 6][0],
                self.city.today - timedelta(days=1 + 2 * place),
                FindingState.OPEN,
                None,
            )
        for place, piece in enumerate([bottle for bottle in bottles if bottle.story == ""][:BOTTLE_HAZARDS]):
            day = self.city.today - timedelta(days=4 + 7 * place)
            self.hazard(
                piece,
                FindingSource.FILL_CHECK,
                "瓶体腐蚀，护罩变形",
                day,
                Grade.GENERAL,
                "",
                None,
                closed_after=10,
            )
        self._reports(lifts, bottles)

    def finding(
        self,
        piece: Piece,
        source: FindingSource,
        text: str,
        day: date,
        state: FindingState,
        source_id: UUID | None,
        **more: object,
    ) -> TableRow:
        at, row = noon(day), piece.row
        decided = (
            {}
            if state is FindingState.OPEN
            else {
                "decided_at": at + timedelta(hours=3),
                "decided_by": self._supervisor["id"],
                "decision": "现场已处理" if state is FindingState.PUT_RIGHT else "",
            }
        )
        if state is FindingState.DISMISSED:
            decided["decision"] = "复核后不构成隐患"
        finding = self.book.add(
            Finding,
            equipment_id=piece.id,
            id=self.book.id(),
            organisation_id=row["maintenance_firm_id"] or piece.unit.id,
            area=row["area"],
            category=row["category"],
            source=source,
            source_id=source_id,
            state=state,
            description=text,
            found_on=day,
            happened_at=at,
            received_at=at,
            confirm_by=day + timedelta(days=self._confirm_days),
            **decided,
            **more,
        )
        self.book.tell(
            at,
            "equipment",
            piece.id,
            "finding.found",
            [(Finding, finding)],
            finding=finding["id"],
            source=str(source),
        )
        if state in (FindingState.DISMISSED, FindingState.PUT_RIGHT):
            self.book.tell(
                at + timedelta(hours=3),
                "equipment",
                piece.id,
                f"finding.{state}",
                [(Finding, finding)],
                by=self._supervisor,
                finding=finding["id"],
                text=finding["decision"],
            )
        return finding

    def hazard(
        self,
        piece: Piece,
        source: FindingSource,
        text: str,
        day: date,
        grade: Grade,
        clause: str,
        source_id: UUID | None,
        *,
        closed_after: int,
    ) -> None:
        row, confirmed = piece.row, noon(day) + timedelta(hours=4)
        hazard_id = self.book.id()
        finding = self.finding(
            piece, source, text, day, FindingState.CONFIRMED, source_id, hazard_id=hazard_id, clause=clause
        )
        closed = day + timedelta(days=closed_after)
        state = HazardState.RECTIFIED if closed_after < 30 else HazardState.OPEN
        if closed <= self.city.today:
            state = HazardState.CLOSED
        people = piece.unit.people
        officer = people.get(Role.SAFETY_OFFICER, people.get(Role.STATION_OWNER, [None]))[0]
        values: TableRow = {}
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
        hazard = self.book.add(
            Hazard,
            equipment_id=piece.id,
            id=hazard_id,
            finding_id=finding["id"],
            organisation_id=finding["organisation_id"],
            responsible_id=row["use_unit_id"] or row["owner_id"],
            area=row["area"],
            category=row["category"],
            source=source,
            grade=grade,
            clause=clause,
            description=text,
            found_on=day,
            confirmed_at=confirmed,
            confirmed_by=f"user:{self._supervisor['id']}",
            due_on=day + self._rectify_days[grade],
            state=state,
            **values,
        )
        stopped = []
        if grade.stops_use and state is not HazardState.CLOSED:
            row["stop_use_since"] = min(row["stop_use_since"] or day, day)
            stopped = [(Equipment, row)]
        self._story(
            hazard,
            finding,
            officer,
            stopped,
            before={name: None if name != "rectification" and name != "recheck" else "" for name in values},
        )

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
        key, about = hazard["equipment_id"], {"hazard": hazard["id"]}
        at_first = hazard | before | {"state": HazardState.OPEN}
        self.book.tell(
            hazard["confirmed_at"],
            "equipment",
            key,
            "hazard.confirmed",
            [(Finding, finding), (Hazard, at_first), *stopped],
            by=self._supervisor,
            **about,
            grade=str(hazard["grade"]),
            clause=hazard["clause"],
            **({"stop_use": True} if stopped else {}),
        )
        if hazard["state"] is not HazardState.OPEN:
            put_right = (
                hazard
                | {name: value for name, value in before.items() if name.startswith(("closed", "recheck"))}
                | {"state": HazardState.RECTIFIED}
            )
            self.book.tell(
                hazard["rectified_at"],
                "equipment",
                key,
                "hazard.rectified",
                [(Hazard, put_right)],
                by=officer,
                **about,
                text=hazard["rectification"],
            )
        if hazard["state"] is HazardState.CLOSED:
            self.book.tell(
                hazard["rechecked_at"],
                "equipment",
                key,
                "hazard.closed",
                [(Hazard, hazard)],
                by=self._supervisor,
                **about,
                text=hazard["recheck"],
            )

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
