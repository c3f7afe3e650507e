"""Inspections of the last eighteen months, as the bodies recorded them."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.core.words import Message
from equipment.dues.actions import OUT_OF_CYCLE
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.inspections.models import Inspection
from equipment.inspections.rules import InspectionKind
from equipment.people.rules import OrganisationKind, Role
from equipment.regulation.categories import category
from equipment.regulation.planning import Conclusion, Done, DueKind, Life, Planned
from equipment.shell.demo.city import City
from equipment.shell.demo.pieces import Piece, noon
from equipment.shell.demo.writing import TableRow

RULES_SINCE = date(2023, 6, 1)  # older results are explained by the first rules of the packs


def _stored(text: Message) -> dict[str, object]:
    return {"msgid": text.msgid, "params": dict(text.params)}


def _about(piece: Piece) -> TableRow:
    return {"equipment_id": piece.id, "area": piece.row["area"], "category": piece.row["category"]}


class Inspector:
    """Writes results with the duty they answered; failed ones are told to the chapter on hazards."""

    def __init__(self, city: City) -> None:
        self.city, self.book = city, city.book
        self.failed: list[tuple[Piece, date, TableRow]] = []
        self._number = 0

    def inspect(
        self, pieces: list[Piece], fail_of_thousand: int, *, still_failed: Piece | None = None
    ) -> None:
        """Their results; what fails is passed some weeks later, but for the last one of `still_failed`."""
        for piece in pieces:
            done: list[Done] = []
            for day, kind in piece.inspected:
                failed = (
                    kind is DueKind.INSPECTION
                    and piece.row["category"] == "elevator"
                    and self.book.dice.randrange(1000) < fail_of_thousand
                )
                if piece is still_failed and (day, kind) == piece.inspected[-1]:
                    self._result(piece, day, kind, Conclusion.FAILED, done)
                    break
                if failed:
                    self._result(piece, day, kind, Conclusion.FAILED, done)
                    day = min(day + timedelta(days=self.book.dice.randint(12, 28)), self.city.today)
                self._result(piece, day, kind, Conclusion.PASSED, done)

    def _result(
        self, piece: Piece, day: date, kind: DueKind, conclusion: Conclusion, done: list[Done]
    ) -> None:
        self._number += 1
        before = self._plan(piece, tuple(done), day, kind)
        done.append(Done(kind, day, conclusion))
        after = self._plan(piece, tuple(done), day, kind)
        body = next(
            unit for unit in self.city.of(OrganisationKind.BODY) if unit.id == piece.row["inspection_body_id"]
        )
        who = self.book.dice.choice(body.people[Role.INSPECTOR])
        at = max(noon(day), self.city.start + timedelta(hours=30)) + timedelta(
            minutes=self.book.dice.randint(-150, 200)
        )
        record = self.book.add(
            Inspection,
            id=self.book.id(),
            organisation_id=body.id,
            inspector_id=who["id"],
            kind=InspectionKind(kind.value),
            on=day,
            happened_at=at,
            received_at=at + timedelta(minutes=3),
            changed_at=at + timedelta(minutes=3),
            conclusion=conclusion,
            report_no=f"DEMO-{day.year}-{self._number:05}",
            reported_on=min(day + timedelta(days=2 + self._number % 11), self.city.today),
            **_about(piece),
            next_due_on=after.due_on if after else None,
            next_citation=after.citation.as_json() if after else None,
            next_explanation=_stored(after.explanation) if after else None,
        )
        due = self._settled(piece, record, kind, before, before or after)
        record["due_id"] = due["id"]
        rows, verb = [(Inspection, record), (Due, due)], "inspection.recorded"
        payload = {"inspection": record["id"], "conclusion": str(conclusion)}
        self.book.tell(at, "equipment", piece.id, verb, rows, **payload)
        if conclusion is not Conclusion.PASSED:
            self.failed.append((piece, day, record))

    def _settled(
        self, piece: Piece, record: TableRow, kind: DueKind, before: Planned | None, rested_on: Planned | None
    ) -> TableRow:
        """The duty that a result answered, or one beside the cycle."""
        return self.book.add(
            Due,
            id=self.book.id(),
            kind=kind,
            state=DueState.DONE,
            due_on=before.due_on if before else record["on"],
            citation=rested_on.citation.as_json() if rested_on else {"document": ""},
            explanation=_stored(before.explanation) if before else OUT_OF_CYCLE,
            organisation_id=piece.row["use_unit_id"] or piece.row["owner_id"],
            body_id=record["organisation_id"],
            firm_id=piece.row["maintenance_firm_id"],
            planned_at=record["happened_at"],
            done_on=record["on"],
            done_by=f"inspection:{record['id']}",
            conclusion=record["conclusion"],
            **_about(piece),
        )

    def _plan(self, piece: Piece, done: tuple[Done, ...], on: date, kind: DueKind) -> Planned | None:
        row = piece.row
        stated = (Done(DueKind.INSPECTION, row["last_inspected_on"]),) if row.get("last_inspected_on") else ()
        life = Life(
            piece.details,
            row["made_on"],
            row["registered_on"],
            row.get("base_on"),
            row["in_use_since"],
            "in_use",
            (*stated, *done),
        )
        return next(
            (
                planned
                for planned in category(row["category"]).plan(life, max(on, RULES_SINCE))
                if planned.kind is kind
            ),
            None,
        )
