"""Maintenance of the last eighteen months: swipes, visits with their whole checklists, signatures."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from itertools import takewhile
from uuid import UUID

from equipment.core import clock
from equipment.dues.actions import OUT_OF_CYCLE
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.maintenance.models import Swipe, Visit, VisitCounter, VisitItem, VisitSignature
from equipment.maintenance.states import (
    Fence,
    Flag,
    ItemAnswer,
    ReadBy,
    SignatureKind,
    SwipeOutcome,
    SwipeVia,
    VisitState,
)
from equipment.people.rules import OrganisationKind, Role
from equipment.regulation.categories import category
from equipment.regulation.checklists import checklist
from equipment.regulation.elevator import annex
from equipment.regulation.elevator_brake import brake_days
from equipment.regulation.elevator_numbers import brake_test_kinds
from equipment.regulation.planning import Conclusion, DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.pieces import Piece
from equipment.shell.demo.signed import OBJECT_DAYS, dispute_columns, signed_columns
from equipment.shell.demo.writing import TableRow
from equipment.storage.db import Base

TURN_DAYS = 14
AT_WORK = (12, 21, 290, 4)  # minutes since who is at work signed in
JOINED_DAYS = 60  # older visits keep the swipes in and out only
CLASSES = (
    (24, DueKind.VISIT_YEAR),
    (12, DueKind.VISIT_HALF_YEAR),
    (6, DueKind.VISIT_QUARTER),
    (1, DueKind.VISIT_HALF_MONTH),
)
TESTS = ((DueKind.SELF_CHECK, 340), (DueKind.GOVERNOR_CALIBRATION, 345), (DueKind.BRAKE_TEST, 1700))
ABNORMAL = (
    "门锁触点接触不良",
    "轿厢应急照明不亮",
    "底坑有少量渗水",
    "限速器轮槽油污较重",
    "对讲系统杂音",
    "制动衬磨损接近限值",
    "光幕偶发失效",
)


@lru_cache(maxsize=64)
def codes(letter: str, duty: DueKind) -> tuple[str, ...]:
    return tuple(item.code for item in checklist(letter, duty))


# How the swipes of visits were made, turn by turn: most with a position inside the fence, a few not proved.
PROOFS = (
    *[(SwipeVia.PHONE, ReadBy.CAMERA, PresenceGrade.SCAN_IN_FENCE)] * 7,
    (SwipeVia.READER, None, PresenceGrade.READER),
    (SwipeVia.PLATE, ReadBy.NFC, PresenceGrade.PLATE),
    *[(SwipeVia.PHONE, ReadBy.CAMERA, PresenceGrade.SCAN_IN_FENCE)] * 8,
    (SwipeVia.PHONE, ReadBy.CAMERA, PresenceGrade.SCAN),
    *[(SwipeVia.PHONE, ReadBy.CAMERA, PresenceGrade.SCAN_IN_FENCE)] * 8,
    (SwipeVia.PHONE, ReadBy.TYPED, PresenceGrade.TYPED),
)


class Maintainer:
    """Sends technicians to every lift, turn by turn; what was found abnormal is told to
    the chapter on hazards."""

    def __init__(self, city: City) -> None:
        self.city, self.book = city, city.book
        self.abnormal: list[tuple[Piece, TableRow, str]] = []
        self._firms = {unit.id: unit for unit in city.of(OrganisationKind.FIRM)}
        self._units = {unit.id: unit for unit in city.of(OrganisationKind.USE_UNIT)}
        self._counts: Counter[tuple[UUID, str]] = Counter()  # records by firm and month
        self._elevator = category("elevator")
        self._now = clock.now()

    def maintain(self, lifts: list[Piece]) -> None:
        for number, lift in enumerate(lifts):
            self._turns(lift, number)
            self._tests(lift, number)
        for (firm_id, month), latest in self._counts.items():
            self.book.add(VisitCounter, organisation_id=firm_id, month=month, latest=latest)

    def _number(self, firm: Unit, day: date) -> str:
        """The next record number of the firm's month."""
        month = f"{day:%Y%m}"
        self._counts[firm.id, month] += 1
        return f"WB-{month}-{self._counts[firm.id, month]:05}"

    def _tests(self, lift: Piece, number: int) -> None:
        """The yearly self-check, governor calibration and brake test, done some time within their cycles; a
        few lifts missed one."""
        firm = self._firms[lift.row["maintenance_firm_id"]]
        for place, (kind, days) in enumerate(TESTS):
            if (number + place) % 41 == 7:
                continue
            day = max(
                self.city.today - timedelta(days=self.book.dice.randint(5, days)),
                lift.row["in_use_since"] + timedelta(days=1),
            )
            if kind is DueKind.BRAKE_TEST:
                tested = self._brake_tested(lift, day)
                if tested is None:
                    continue
                day = tested
            at = max(clock.site_midnight(day) + timedelta(hours=10), self.city.start + timedelta(hours=33))
            due = self._done(lift, kind, day, at, firm)
            self.book.tell(at, "equipment", lift.id, "due.done", [(Due, due)], duty=str(kind))

    def _brake_tested(self, lift: Piece, day: date) -> date | None:
        """Shortly before the last of its fixed days; None for kinds without a brake test, and before the
        first."""
        rules, today = self._elevator.regulation, self.city.today
        if lift.row["catalogue_code"] not in brake_test_kinds(rules, today):
            return None
        nominal = (nominal_day for nominal_day, _ in brake_days(rules, lift.row["base_on"], today))
        past = list(takewhile(lambda nominal_day: nominal_day <= today, nominal))
        return past[-1] - timedelta(days=day.day) if past else None

    def _turns(self, lift: Piece, number: int) -> None:
        dice = self.book.dice
        first = max(
            self.city.start.date() + timedelta(days=number % TURN_DAYS),
            lift.row["in_use_since"] + timedelta(days=3),
        )
        day, turn = first, number
        while day <= self.city.today:
            late = lift.unit is self.city.of(OrganisationKind.USE_UNIT)[0] and turn % 5 == 0
            self._visit(lift, day, turn)
            day += timedelta(
                days=dice.randint(17, 24)
                if late or dice.random() < 0.012
                else dice.choice((12, 13, 14, 14, 15))
            )
            turn += 1
            if lift.row["status"] != "in_use" and day > self.city.today - timedelta(days=30):
                return
            if number % 37 == 5 and day > self.city.today - timedelta(days=22):
                return  # neglected lately: overdue now

    def _visit(self, lift: Piece, day: date, turn: int) -> None:
        dice, row = self.book.dice, lift.row
        duty = next(kind for every, kind in CLASSES if turn % every == 0)
        letter = annex(self._elevator.regulation, row["catalogue_code"], self.city.today) or ""
        firm = self._firms[row["maintenance_firm_id"]]
        people = self._crew(firm, lift)
        opened_at = clock.site_midnight(day) + timedelta(hours=8, minutes=dice.randint(0, 480))
        if opened_at > self._now - timedelta(hours=2):
            opened_at = self._now - timedelta(minutes=dice.randint(130, 300))
        minutes = dice.randint(8, 24) if dice.random() < 0.02 else dice.randint(32, 95)
        closed = opened_at + timedelta(minutes=minutes)
        flags = [Flag.SHORT] * (minutes < 30) + [Flag.ONE_TECHNICIAN] * (len(people) < 2)
        answers, items = self._answers(letter, duty)
        state, signed = self._signing(lift, day, dice.random())
        counted = state not in (VisitState.UNCONFIRMED, VisitState.DISPUTED)
        at = min(closed + timedelta(hours=dice.randint(1, 30)), self._now) if signed else None
        due = self._done(lift, duty, day, opened_at, firm) if counted else None
        technicians = [str(person["id"]) for person in people]
        visit = self.book.add(
            Visit,
            id=self.book.id(),
            organisation_id=firm.id,
            use_unit_id=row["use_unit_id"],
            duty=duty,
            number=self._number(firm, day),
            grade=_proof(opened_at)[2],
            annex=letter,
            due_id=due["id"] if due else None,
            state=state,
            opened_at=opened_at,
            closed_at=closed,
            received_at=closed,
            changed_at=at or closed,
            on=day,
            technicians=technicians,
            counted=counted,
            confirmed=technicians if state is not VisitState.UNCONFIRMED else [],
            answers=answers,
            flags=flags,
            next_on=day + timedelta(days=15) if counted else None,
            next_duty=DueKind.VISIT_HALF_MONTH if counted else "",
            equipment_id=lift.id,
            area=row["area"],
            category="elevator",
            **signed_columns(state, signed, at, turn),
            **(dispute_columns(day, turn) if state is VisitState.DISPUTED else {}),
        )
        if due:
            due["done_by"] = f"visit:{visit['id']}"
        rows: list[tuple[type[Base], TableRow]] = [(Visit, visit), *([(Due, due)] if due else [])]
        rows += [(Swipe, swipe) for swipe in self._swipes(visit, lift, people)]
        rows += [(VisitItem, self._item(visit, lift, code, answers[code])) for code in items]
        if visit["object_until"]:
            rows.append((VisitSignature, self._signature(visit, people[0])))
        self.book.tell(closed, "equipment", lift.id, "visit.closed", rows, visit=visit["id"], duty=str(duty))
        if state is VisitState.DISPUTED:
            self._disputed(visit, lift)

    def _swipes(self, visit: TableRow, lift: Piece, people: Sequence[TableRow]) -> list[TableRow]:
        """In and out; the second technician's card only in the last weeks."""
        opened_at, closed_at = visit["opened_at"], visit["closed_at"]
        steps = [(SwipeOutcome.OPENED, people[0], opened_at)]
        if len(people) > 1 and visit["on"] > self.city.today - timedelta(days=JOINED_DAYS):
            steps.append((SwipeOutcome.JOINED, people[-1], opened_at + timedelta(minutes=4)))
        steps.append((SwipeOutcome.CLOSED, people[0], closed_at))
        return [self._swipe(visit, lift, person, outcome, at) for outcome, person, at in steps]

    def _signature(self, visit: TableRow, technician: TableRow) -> TableRow:
        """What the technician's phone brought: a drawing, or the photo of a paper record."""
        return self.book.add(
            VisitSignature,
            id=self.book.id(),
            equipment_id=visit["equipment_id"],
            visit_id=visit["id"],
            organisation_id=visit["organisation_id"],
            area=visit["area"],
            category="elevator",
            kind=SignatureKind(visit["signature_kind"]),
            signer_id=visit["signer_id"],
            signer_name=visit["signer_name"],
            taken_by=technician["id"],
            at=visit["signed_at"],
            on=clock.site_day(visit["signed_at"]),
            until=visit["object_until"],
            sha256=hashlib.sha256(visit["id"].bytes).hexdigest(),
        )

    def _disputed(self, visit: TableRow, lift: Piece) -> None:
        """The use unit's word against a visit, the same day."""
        officer = self._units[lift.row["use_unit_id"]].one(Role.SAFETY_OFFICER)
        at, reason = visit["closed_at"] + timedelta(hours=3), visit["dispute_reason"]
        self.book.tell(
            at,
            "equipment",
            lift.id,
            "visit.disputed",
            [(Visit, visit)],
            by=officer,
            visit=visit["id"],
            reason=reason,
        )

    def _item(self, visit: TableRow, lift: Piece, code: str, answer: dict[str, str]) -> TableRow:
        """A line of the checklist that was not simply well, with its note."""
        answer["note"] = note = self.book.dice.choice(ABNORMAL)
        if answer["answer"] == ItemAnswer.ABNORMAL:
            self.abnormal.append((lift, visit, note))
        return self.book.add(
            VisitItem,
            visit_id=visit["id"],
            code=code,
            organisation_id=visit["organisation_id"],
            answer=ItemAnswer(answer["answer"]),
            note=note,
            equipment_id=lift.id,
            area=visit["area"],
            category="elevator",
        )

    def _done(self, lift: Piece, duty: DueKind, day: date, at: datetime, firm: Unit) -> TableRow:
        """The duty that a visit answered."""
        row, cycle = lift.row, self._elevator.regulation.value("visit_days.half_month", self.city.today)
        return self.book.add(
            Due,
            equipment_id=lift.id,
            area=row["area"],
            category="elevator",
            id=self.book.id(),
            kind=duty,
            state=DueState.DONE,
            due_on=day + timedelta(days=self.book.dice.randint(0, 3)),
            citation=cycle.citation.as_json(),
            explanation=OUT_OF_CYCLE,
            organisation_id=row["use_unit_id"],
            body_id=row["inspection_body_id"],
            firm_id=firm.id,
            planned_at=at,
            done_on=day,
            conclusion=Conclusion.PASSED,
        )

    def _crew(self, firm: Unit, lift: Piece) -> list[TableRow]:
        """Two technicians who know the lift; one alone now and then."""
        technicians = firm.people[Role.TECHNICIAN]
        place = lift.id.int % len(technicians)
        pair = [technicians[place], technicians[(place + 1) % len(technicians)]]
        return pair[:1] if self.book.dice.random() < 0.03 else pair

    def _answers(self, letter: str, duty: DueKind) -> tuple[dict[str, dict[str, str]], list[str]]:
        answers = {code: {"answer": str(ItemAnswer.OK)} for code in (codes(letter, duty) if letter else ())}
        if not answers:
            return answers, []
        lot = self.book.dice.random()
        if lot < 0.004:
            chosen, answer = self.book.dice.choice(list(answers)), ItemAnswer.ABNORMAL
        elif lot < 0.05:
            chosen, answer = self.book.dice.choice(list(answers)), ItemAnswer.ADJUSTED
        else:
            return answers, []
        answers[chosen] = {"answer": str(answer)}
        return answers, [chosen]

    def _signing(self, lift: Piece, day: date, lot: float) -> tuple[VisitState, TableRow | None]:
        """Older visits are signed; those of the last days wait, the late manager's longest."""
        unit = self._units[lift.row["use_unit_id"]]
        slow = unit is self.city.of(OrganisationKind.USE_UNIT)[0]
        age = (self.city.today - day).days
        if age == 0 and lot < 0.2:
            return VisitState.UNCONFIRMED, None
        if age <= (25 if slow else 2):
            return VisitState.TO_SIGN, None
        if age <= 20 and lot < 0.004:
            return VisitState.DISPUTED, None
        state = VisitState.SIGNED
        if lift.id.int % 3 == 0:  # a unit whose safety manager signs on the spot
            state = VisitState.ON_SITE if age < OBJECT_DAYS else VisitState.UNOBJECTED
        return state, unit.one(Role.SAFETY_OFFICER)

    def _swipe(
        self, visit: TableRow, lift: Piece, person: TableRow, outcome: SwipeOutcome, at: datetime
    ) -> TableRow:
        content = {"equipment": str(lift.id), "happened_at": at.isoformat()}
        via, how, grade = _proof(visit["opened_at"])
        is_inside = grade is PresenceGrade.SCAN_IN_FENCE
        return self.book.add(
            Swipe,
            id=self.book.id(),
            via=via,
            how=how,
            grade=grade,
            fence=Fence.INSIDE if is_inside else Fence.NONE,
            distance_m=8 + visit["opened_at"].minute if is_inside else None,
            equipment_id=lift.id,
            organisation_id=person["organisation_id"],
            user_id=person["id"],
            visit_id=visit["id"],
            outcome=outcome,
            happened_at=at,
            received_at=at,
            on=visit["on"],
            drift_s=0,
            content=json.dumps(content),
            answer=json.dumps({"outcome": outcome, "visit_id": str(visit["id"])}),
        )

    def on_site_now(self, lifts: list[Piece]) -> None:
        """Three crews are at work while the city is made, the third for unusually long; a fourth signed in at
        the wrong lift."""
        for place, lift in enumerate([idle for idle in lifts[20:] if idle.story == ""][: len(AT_WORK)]):
            firm = self._firms[lift.row["maintenance_firm_id"]]
            opened_at = self._now - timedelta(minutes=AT_WORK[place])
            letter = annex(self._elevator.regulation, lift.row["catalogue_code"], self.city.today) or "A"
            visit = self.book.add(
                Visit,
                id=self.book.id(),
                equipment_id=lift.id,
                area=lift.row["area"],
                category="elevator",
                organisation_id=firm.id,
                use_unit_id=lift.row["use_unit_id"],
                duty=DueKind.VISIT_HALF_MONTH,
                annex=letter,
                grade=_proof(opened_at)[2],
                state=VisitState.OPEN,
                opened_at=opened_at,
                received_at=opened_at,
                changed_at=opened_at,
                on=self.city.today,
                technicians=[str(firm.people[Role.TECHNICIAN][place + 2]["id"])],
            )
            swipe = self._swipe(
                visit, lift, firm.people[Role.TECHNICIAN][place + 2], SwipeOutcome.OPENED, opened_at
            )
            self.book.tell(
                opened_at,
                "equipment",
                lift.id,
                "visit.opened",
                [(Visit, visit), (Swipe, swipe)],
                visit=visit["id"],
            )


def _proof(opened_at: datetime) -> tuple[SwipeVia, ReadBy | None, PresenceGrade]:
    """By the minute and day of the visit, so that the dice fall as they always did."""
    return PROOFS[(opened_at.minute + opened_at.toordinal()) % len(PROOFS)]
