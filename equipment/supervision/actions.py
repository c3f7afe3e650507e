"""监督检查: a record of a check comes once, whole, perhaps hours later from a phone; a correction takes its
place. Its problems at pieces are findings; the year's plan and key units are the bureau's own lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.hazards.findings import carry_on, dismiss, find, findings_of_record
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingSource, FindingState
from equipment.intake.actions import Receipts
from equipment.intake.rules import content_of
from equipment.ledger import actions as ledger
from equipment.orders.actions import BEFORE_ORDER, area_of, is_within
from equipment.orders.models import InspectorOfOrder
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.queries import pieces
from equipment.regulation.supervision_numbers import (
    OTHER_RULE,
    broken_rules,
    in_force_since,
    inspectors_needed,
)
from equipment.storage.db import Base, session
from equipment.supervision.models import (
    CheckedPiece,
    CheckedUnit,
    CheckFinding,
    KeyUnit,
    PlannedCheck,
    SupervisionCheck,
    UpwardReport,
)
from equipment.supervision.queries import COUNTY, after_licence
from equipment.supervision.rules import CheckFacts, CheckKind, Measure, UnitAnswer, check_problems

CHECKS = Receipts("supervision_check", "check_id")
MOST_FINDINGS, MOST_PIECES, MOST_PHOTOS = 40, 200, 12


class FindingDraft(NamedTuple):
    """A problem as it is written; `rule` is a code of the pack, `put_right` says that it was on the spot."""

    text: str
    rule: str = ""
    rule_text: str = ""
    piece: UUID | None = None
    put_right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDraft:
    """A record as both sides leave it; `signatures` are the drawings by whose they are."""

    check_id: UUID
    unit: Organisation
    kind: CheckKind
    began_at: datetime
    ended_at: datetime
    inspectors: Sequence[InspectorOfOrder]
    as_named: CheckedUnit
    answer: UnitAnswer
    recorder: str = ""
    pieces: Sequence[UUID] = field(default_factory=tuple)
    findings: Sequence[FindingDraft] = field(default_factory=tuple)
    last_problems: str = ""
    measures: Sequence[Measure] = field(default_factory=tuple)
    other_measure: str = ""
    opinion: str = ""
    signer: str = ""
    witness: str = ""
    refusal: str = ""
    signatures: Mapping[str, StoredDocument] = field(default_factory=dict)
    photos: Sequence[StoredDocument] = field(default_factory=tuple)
    replaces: UUID | None = None
    reason: str = ""

    @property
    def content(self) -> str:
        """What makes two messages the same."""
        return content_of(
            unit=self.unit.id,
            kind=self.kind,
            began_at=self.began_at,
            ended_at=self.ended_at,
            inspectors=list(self.inspectors),
            as_named=self.as_named,
            answer=self.answer,
            recorder=self.recorder,
            pieces=[str(key) for key in self.pieces],
            findings=[[*map(str, one)] for one in self.findings],
            last_problems=self.last_problems,
            measures=[str(one) for one in self.measures],
            other_measure=self.other_measure,
            opinion=self.opinion,
            signer=self.signer,
            witness=self.witness,
            refusal=self.refusal,
            signatures={who: drawn.content.sha256 for who, drawn in self.signatures.items()},
            photos=[photo.content.sha256 for photo in self.photos],
            replaces=str(self.replaces or ""),
            reason=self.reason,
        )


class RecordedCheck(NamedTuple):
    """The record, and whether it was there already."""

    check: SupervisionCheck
    is_again: bool


def record(draft: CheckDraft, *, by: Viewer) -> RecordedCheck:
    """Put a check on file. The same message again is the record that is there; other content under its id is
    a conflict."""
    if not may(by, Action.CREATE, Thing.CHECK) or by.user_id is None or not by.oversees:
        raise NotAllowed
    office = by.area[:COUNTY]
    ledger.locked_heads(session.connection(), [ledger.subject_of("check_office", office)])
    message = CHECKS.received(
        draft.content, sender=by.organisation_id, key=draft.check_id, about=draft.unit.id
    )
    if message.answer is not None:
        there = visible(SYSTEM, SupervisionCheck).where(SupervisionCheck.id == UUID(message.answer))
        return RecordedCheck(session.scalars(there).one(), is_again=True)
    former = _former(draft, by)
    looked_at = _looked_at(draft, by)
    _check(draft, looked_at, former, by)
    check = _row(draft, office, former, by)
    session.add(check)
    rows: list[Base] = [store.name(one.content) for one in (*draft.signatures.values(), *draft.photos)]
    rows += _pieces(check, looked_at)
    rows += _findings(check, draft, looked_at, by)
    if former is not None:
        former.superseded_by = check.id
        rows.append(former)
    rows += _done_on_plan(check)
    ledger.record(
        session(),
        ledger.subject_of("check", check.id),
        "check.corrected" if former else "check.recorded",
        actor=by.actor,
        payload={"check": check.id, "number": check.number, "unit": check.organisation_id, "on": check.on},
        rows=[check, *rows, message.keep(str(check.id))],
    )
    return RecordedCheck(check, is_again=False)


def _row(draft: CheckDraft, office: str, former: SupervisionCheck | None, by: Viewer) -> SupervisionCheck:
    on = clock.site_day(draft.began_at)
    assert by.user_id is not None
    return SupervisionCheck(
        organisation_id=draft.unit.id,
        id=new_id(),
        area=area_of(draft.unit, by),
        number=_next_number(office, on.year),
        office_area=office,
        kind=draft.kind,
        began_at=draft.began_at,
        ended_at=draft.ended_at,
        on=on,
        inspectors=list(draft.inspectors),
        recorder=draft.recorder.strip(),
        unit=draft.as_named,
        last_problems=draft.last_problems.strip(),
        no_problem=not draft.findings,
        measures=[str(one) for one in draft.measures],
        other_measure=draft.other_measure.strip(),
        unit_opinion=draft.opinion.strip(),
        unit_answer=draft.answer,
        signer=draft.signer.strip(),
        witness=draft.witness.strip(),
        refusal=draft.refusal.strip(),
        signatures={who: drawn.content.sha256 for who, drawn in draft.signatures.items()},
        photos=[
            {"sha256": photo.content.sha256, "name": photo.name, "media_type": photo.content.media_type}
            for photo in draft.photos
        ],
        recorded_by=by.user_id,
        received_at=clock.now(),
        replaces_id=former.id if former else None,
        reason=draft.reason.strip() if former else "",
    )


def _check(
    draft: CheckDraft, looked_at: Mapping[UUID, Equipment], former: SupervisionCheck | None, by: Viewer
) -> None:
    """Invalid with everything that keeps this from being a record."""
    on = clock.site_day(draft.began_at)
    if on < in_force_since():
        raise Invalid({"began_at": BEFORE_ORDER})
    offered = broken_rules(on)
    named = [
        (one.text, one.rule in offered and (one.rule != OTHER_RULE or bool(one.rule_text.strip())))
        for one in draft.findings
    ]
    wrong: dict[str, str | Message] = dict(
        check_problems(
            CheckFacts(
                kind=draft.kind,
                began_at=draft.began_at,
                ended_at=draft.ended_at,
                now=clock.now(),
                same_day=on == clock.site_day(draft.ended_at),
                inspectors=[person["name"].strip() for person in draft.inspectors],
                inspectors_needed=inspectors_needed(on).integer,
                findings=named,
                measures=draft.measures,
                other_measure=draft.other_measure,
                answer=draft.answer,
                signer=draft.signer,
                witness=draft.witness,
                reason=draft.refusal,
                signatures=draft.signatures,
                had_after_licence=after_licence(draft.unit.id, on.year, former.id if former else None),
            )
        )
    )
    if draft.unit.kind == OrganisationKind.REGULATOR or not is_within(draft.unit, by):
        wrong["unit"] = N_("This unit belongs to another area.")
    if len(draft.findings) > MOST_FINDINGS or len(draft.pieces) > MOST_PIECES:
        wrong["findings"] = Message(N_("At most %(most)s problems in one record."), {"most": MOST_FINDINGS})
    if draft.answer is UnitAnswer.PAPER and not draft.photos:
        wrong["photos"] = N_("Add the photo or scan of the signed paper.")
    if any(one.piece is not None and one.piece not in looked_at for one in draft.findings):
        wrong["findings"] = N_("A problem is at a piece that was not looked at: tick the piece too.")
    if former is not None and not draft.reason.strip():
        wrong["reason"] = N_("Give the reason.")
    if wrong:
        raise Invalid(wrong)


def _former(draft: CheckDraft, by: Viewer) -> SupervisionCheck | None:
    """The record that this one corrects."""
    if draft.replaces is None:
        return None
    wanted = visible(by, SupervisionCheck).where(
        SupervisionCheck.organisation_id == draft.unit.id, SupervisionCheck.id == draft.replaces
    )
    former = session.scalar(wanted)
    if former is None:
        raise Invalid({"replaces": N_("There is no such record of this unit.")})
    if former.superseded_by is not None:
        raise Conflict({"": N_("This record was corrected already: correct the newer one.")})
    return former


def _looked_at(draft: CheckDraft, by: Viewer) -> dict[UUID, Equipment]:
    """The pieces that were ticked, of those that the viewer sees."""
    there = {piece.id: piece for piece in pieces(by, draft.pieces)}
    if len(there) < len(set(draft.pieces)):
        raise Invalid({"pieces": N_("One of these pieces is not on file here.")})
    return there


def _pieces(check: SupervisionCheck, looked_at: Mapping[UUID, Equipment]) -> list[Base]:
    rows: list[Base] = [
        CheckedPiece(
            equipment_id=piece.id,
            id=new_id(),
            check_id=check.id,
            organisation_id=check.organisation_id,
            area=piece.area,
            category=piece.category,
            on=check.on,
        )
        for piece in looked_at.values()
    ]
    session.add_all(rows)
    return rows


def _findings(
    check: SupervisionCheck, draft: CheckDraft, looked_at: Mapping[UUID, Equipment], by: Viewer
) -> list[Base]:
    """The problems; those at a piece are findings of the piece too. Of a corrected record they go on with all
    that was done about them; what it does not say any more falls away where nobody has decided on it."""
    before = _carried_on(check, draft.replaces, by) if draft.replaces else {}
    offered = broken_rules(check.on)
    rows: list[Base] = []
    for number, one in enumerate(draft.findings, 1):
        finding = before.pop((one.piece, one.text.strip()), None)
        if one.piece is not None and finding is None:
            finding = find(
                looked_at[one.piece],
                source=FindingSource.CHECK,
                source_id=check.id,
                description=one.text.strip(),
                by=by,
                found_on=check.on,
                put_right=one.put_right,
            )
        rule = offered.get(one.rule)
        text = one.rule_text.strip()
        if rule is not None and one.rule != OTHER_RULE:
            text = f"{rule.cited}：{rule.text.zh}" + (f"。{text}" if text else "")
        rows.append(
            CheckFinding(
                organisation_id=check.organisation_id,
                check_id=check.id,
                no=number,
                area=check.area,
                text=one.text.strip(),
                rule=one.rule[:30],
                rule_text=text[:300],
                equipment_id=one.piece,
                finding_id=finding.id if finding else None,
                put_right=one.put_right,
            )
        )
    session.add_all(rows)
    for left in before.values():
        if left.state == FindingState.OPEN:
            dismiss(left, check.number, by=by)
    return rows


def _carried_on(check: SupervisionCheck, former: UUID, by: Viewer) -> dict[tuple[UUID | None, str], Finding]:
    """What the record before found at pieces, now under this one, by piece and text."""
    rows = visible(SYSTEM, CheckFinding).where(
        CheckFinding.organisation_id == check.organisation_id, CheckFinding.check_id == former
    )
    at = {row.equipment_id for row in session.scalars(rows) if row.equipment_id}
    for key in sorted(at):
        carry_on(key, FindingSource.CHECK, former, check.id, by=by)
    return {
        (key, finding.description): finding
        for key in at
        for finding in findings_of_record(key, FindingSource.CHECK, check.id)
    }


def _next_number(office: str, year: int) -> str:
    """The next number of the year at an office, whose chain the caller holds."""
    begins = f"JC-{office}-{year}-"
    numbered = visible(SYSTEM, SupervisionCheck).where(SupervisionCheck.number.startswith(begins))
    last = session.scalar(numbered.with_only_columns(func.max(SupervisionCheck.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"


def _done_on_plan(check: SupervisionCheck) -> list[Base]:
    """The planned check of this unit that the record does: the earliest of the year that is not done. One
    after a licence (证后) is done by such a record alone, which does that first."""
    wanted = visible(SYSTEM, PlannedCheck).where(
        PlannedCheck.organisation_id == check.organisation_id,
        PlannedCheck.year == check.on.year,
        PlannedCheck.dropped == "",
    )
    plans = session.scalars(wanted.order_by(PlannedCheck.month, PlannedCheck.id)).all()
    own = [plan for plan in plans if plan.check_id is not None and plan.check_id == check.replaces_id]
    free = [
        plan
        for plan in plans
        if plan.check_id is None and (plan.kind is check.kind or plan.kind is not CheckKind.AFTER_LICENCE)
    ]
    free.sort(key=lambda plan: check.kind is CheckKind.AFTER_LICENCE and plan.kind is not check.kind)
    plan = next(iter([*own, *free]), None)
    if plan is None:
        return []
    plan.check_id = check.id
    return [plan]


def plan_checks(units: Sequence[UUID], year: int, month: int, kind: CheckKind, *, by: Viewer) -> int:
    """Put units on the plan of a month; who stands in that month already is left. How many were put on it."""
    if not 1 <= month <= 12:
        raise Invalid({"month": N_("Choose a month.")})
    there = visible(SYSTEM, PlannedCheck).where(
        PlannedCheck.organisation_id.in_(units),
        PlannedCheck.year == year,
        PlannedCheck.month == month,
        PlannedCheck.dropped == "",
    )
    standing = {plan.organisation_id for plan in session.scalars(there)}
    fresh = [
        PlannedCheck(
            organisation_id=unit.id,
            id=new_id(),
            area=area_of(unit, by),
            year=year,
            month=month,
            kind=kind,
            planned_by=by.user_id,
            at=clock.now(),
        )
        for key in units
        if key not in standing
        and (unit := session.get(Organisation, key)) is not None
        and is_within(unit, by)
    ]
    session.add_all(fresh)
    if fresh:
        _of_plan(by, year, "check_plan.added", fresh)
    return len(fresh)


def drop_planned(plan: PlannedCheck, reason: str, *, by: Viewer) -> None:
    """Take a unit off the plan, with the reason."""
    if plan.check_id is not None:
        raise Conflict({"": N_("This check has been done already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    plan.dropped = reason.strip()[:200]
    _of_plan(by, plan.year, "check_plan.dropped", [plan])


def _of_plan(by: Viewer, year: int, verb: str, rows: Sequence[Base]) -> None:
    subject = ledger.subject_of("check_plan", f"{by.area}-{year}")
    ledger.record(session(), subject, verb, actor=by.actor, payload={"rows": len(rows)}, rows=rows)


def name_key_unit(unit: Organisation, reason: str, *, by: Viewer) -> KeyUnit:
    """重点单位: from today on it is checked more often."""
    if not is_within(unit, by) or unit.kind == OrganisationKind.REGULATOR:
        raise Invalid({"unit": N_("This unit belongs to another area.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    running = visible(SYSTEM, KeyUnit).where(KeyUnit.organisation_id == unit.id, KeyUnit.until_on.is_(None))
    if session.scalar(running) is not None:
        raise Conflict({"unit": N_("This unit is on the list already.")})
    row = KeyUnit(
        organisation_id=unit.id,
        id=new_id(),
        area=area_of(unit, by),
        from_on=clock.today(),
        reason=reason.strip()[:200],
        entered_by=by.user_id,
    )
    session.add(row)
    _of_key_unit(row, "key_unit.named", by)
    return row


def end_key_unit(row: KeyUnit, reason: str, *, by: Viewer) -> None:
    """It is no key unit any more."""
    if row.until_on is not None:
        raise Conflict({"": N_("It was taken off already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    row.until_on = clock.today()
    _of_key_unit(row, "key_unit.ended", by, reason.strip())


def _of_key_unit(row: KeyUnit, verb: str, by: Viewer, reason: str = "") -> None:
    subject = ledger.subject_of("organisation", row.organisation_id)
    payload = {"key_unit": row.id, "reason": reason or row.reason}
    ledger.record(session(), subject, verb, actor=by.actor, payload=payload, rows=[row])


def report_up(hazard: Hazard, to_name: str, how: str, note: str, *, by: Viewer) -> UpwardReport:
    """A serious or major hazard was told to the office above; once for each office that tells."""
    if not hazard.grade.stops_use:
        raise Invalid({"": N_("Only serious and major hazards are reported up.")})
    if not to_name.strip():
        raise Invalid({"to_name": N_("Say to whom.")})
    subject = ledger.subject_of("equipment", hazard.equipment_id)
    ledger.locked_heads(session.connection(), [subject])
    office = by.area[:COUNTY]
    there = visible(SYSTEM, UpwardReport).where(
        UpwardReport.hazard_id == hazard.id, UpwardReport.from_area == office
    )
    if session.scalar(there) is not None:
        raise Conflict({"": N_("Your office has reported it already.")})
    report = UpwardReport(
        equipment_id=hazard.equipment_id,
        id=new_id(),
        hazard_id=hazard.id,
        area=hazard.area,
        from_area=office,
        to_name=to_name.strip()[:80],
        how=how.strip()[:80],
        note=note.strip()[:300],
        by=by.user_id,
        at=clock.now(),
    )
    session.add(report)
    payload = {"hazard": hazard.id, "to": report.to_name, "how": report.how}
    ledger.record(session(), subject, "hazard.reported_up", actor=by.actor, payload=payload, rows=[report])
    return report
