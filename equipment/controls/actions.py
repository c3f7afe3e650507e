"""日管控: the control of a day comes once, whole, perhaps hours later from a phone; a correction takes
its place. Its problems at pieces are findings of theirs, nowhere a second register."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from equipment.controls.days import settle_day
from equipment.controls.models import ControlFinding, DailyControl, StoredPhoto
from equipment.controls.queries import (
    adopted_list,
    day_of,
    due_at,
    is_piece_named,
    own_pieces,
    problems_of,
    seat_of,
)
from equipment.controls.rules import ControlFacts, ControlGrade, ControlPeriod, ProblemFacts, control_problems
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.hazards.findings import carry_on, dismiss, find, findings_of_record
from equipment.hazards.models import Finding
from equipment.hazards.rules import FindingSource, FindingState
from equipment.intake.actions import Receipts
from equipment.intake.rules import Arrival, ClockLimits, arrival, content_of
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.duties import duty_key, piece_name
from equipment.register.duty_rules import Audience, Duty, at_once
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.control_numbers import control_believable, control_clock_off
from equipment.storage.db import Base, session
from equipment.supervision.queries import USE_UNITS

RECEIPTS = Receipts("daily_control", "control_id")
MOST_PROBLEMS, MOST_PHOTOS = 12, 8
SERIOUS = "control_serious"


@dataclass(frozen=True, slots=True)
class ControlProblem:
    """A problem as the officer writes it."""

    text: str
    grade: ControlGrade = ControlGrade.GENERAL
    piece: UUID | None = None
    item: str = ""
    stopped: bool | None = None
    why_not: str = ""
    put_right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlDraft:
    """The control of a day as a phone or a desk sends it."""

    control_id: UUID
    category: str
    on: date
    made_at: datetime
    nothing_found: bool
    officer: str
    period: ControlPeriod = ControlPeriod.WHOLE
    weather: str = ""
    problems: Sequence[ControlProblem] = ()
    list_version: int | None = None
    note: str = ""
    is_paper: bool = False
    photos: Sequence[StoredDocument] = ()
    replaces: UUID | None = None
    reason: str = ""
    content: str = field(init=False)

    def __post_init__(self) -> None:
        said = {
            name: getattr(self, name)
            for name in (
                "category",
                "on",
                "made_at",
                "nothing_found",
                "officer",
                "period",
                "weather",
                "list_version",
                "note",
                "is_paper",
                "replaces",
                "reason",
            )
        }
        problems = [
            [one.text, one.grade, str(one.piece), one.item, one.stopped, one.why_not, one.put_right]
            for one in self.problems
        ]
        photos = [photo.content.sha256 for photo in self.photos]
        object.__setattr__(self, "content", content_of(**said, problems=problems, photos=photos))


@dataclass(frozen=True, slots=True)
class RecordedControl:
    """A record, and whether this message had come before."""

    control: DailyControl
    is_again: bool


def record(draft: ControlDraft, *, by: Viewer) -> RecordedControl:
    """The control of a day on file, once however often it is sent. More than one officer may record on a day:
    the first record decides whether it was on time, none is refused for another."""
    if not may(by, Action.CREATE, Thing.CONTROL) or by.user_id is None or by.organisation_id is None:
        raise NotAllowed
    unit = session.get_one(Organisation, by.organisation_id)
    if unit.kind not in USE_UNITS:
        raise NotAllowed(N_("Only a use unit or a station controls its own pieces."))
    ledger.locked_heads(session.connection(), [ledger.subject_of("controls", unit.id)])
    message = RECEIPTS.received(draft.content, sender=unit.id, key=draft.control_id, about=unit.id)
    if message.answer is not None:
        there = visible(SYSTEM, DailyControl).where(
            DailyControl.organisation_id == unit.id, DailyControl.id == UUID(message.answer)
        )
        return RecordedControl(session.scalars(there).one(), is_again=True)
    former = _former(draft, unit)
    pieces = _pieces_named(draft, unit)
    _check(draft, unit, former)
    control = _row(draft, unit, former, _arrived(draft), by)
    session.add(control)
    rows: list[Base] = [store.name(photo.content) for photo in draft.photos]
    problems = _problems(control, draft, pieces, by)
    if former is not None:
        former.superseded_by = control.id
        rows.append(former)
    settle_day(unit, draft.category, draft.on)
    ledger.record(
        session(),
        ledger.subject_of("controls", unit.id),
        "control.corrected" if former else "control.recorded",
        actor=by.actor,
        payload={"control": control.id, "category": control.category, "on": control.on},
        rows=[control, *rows, *problems, message.keep(str(control.id))],
    )
    for row in problems:
        if row.grade is ControlGrade.SERIOUS and former is None:
            urgent(_serious(control, row, pieces.get(row.equipment_id)))
    return RecordedControl(control, is_again=False)


def _arrived(draft: ControlDraft) -> Arrival:
    """Which instant counts. A phone without a signal is believed within the day that it speaks of: both
    instants stay on the record."""
    today = clock.today()
    limits = ClockLimits(
        timedelta(minutes=control_clock_off(today)), timedelta(days=control_believable(today))
    )
    since = clock.site_midnight(draft.on)
    return arrival(draft.made_at, clock.now(), limits, queued=None, last_contact=since)


def _row(
    draft: ControlDraft, unit: Organisation, former: DailyControl | None, arrived: Arrival, by: Viewer
) -> DailyControl:
    day = day_of(unit.id, draft.category, draft.on)
    chosen = adopted_list(unit.id, draft.category)
    assert by.user_id is not None
    in_use = day.pieces if day else seat_of(unit, draft.category).pieces
    counted_at = former.counted_at if former else arrived.at
    return DailyControl(
        organisation_id=unit.id,
        id=new_id(),
        area=day.area if day else seat_of(unit, draft.category).area,
        category=draft.category,
        on=draft.on,
        period=draft.period,
        weather=draft.weather.strip(),
        list_id=chosen.id if chosen else None,
        list_version=draft.list_version or (chosen.version if chosen else None),
        pieces=in_use,
        nothing_found=not draft.problems,
        problems=len(draft.problems),
        looked_at=len(chosen.rows) if chosen else 0,
        note=draft.note.strip(),
        made_at=draft.made_at,
        counted_at=counted_at,
        received_at=arrived.received_at,
        flags=list(arrived.flags),
        is_late=_is_late(draft, former, counted_at, unit),
        is_paper=draft.is_paper or bool(former and former.is_paper),
        made_by=by.user_id,
        officer=draft.officer.strip(),
        photos=[
            StoredPhoto(sha256=photo.content.sha256, name=photo.name, media_type=photo.content.media_type)
            for photo in draft.photos
        ],
        replaces_id=former.id if former else None,
        reason=draft.reason.strip() if former else "",
    )


def _is_late(
    draft: ControlDraft, former: DailyControl | None, counted_at: datetime, unit: Organisation
) -> bool:
    """补录: typed from paper, or after its time. A correction is as late as what it corrects."""
    if former is not None:
        return former.is_late
    return draft.is_paper or counted_at > due_of(unit, draft.category, draft.on)


def due_of(unit: Organisation, category_key: str, on: date) -> datetime:
    day = day_of(unit.id, category_key, on)
    return day.due_at if day else due_at(unit.kind, on)


def _former(draft: ControlDraft, unit: Organisation) -> DailyControl | None:
    """The record that this one corrects."""
    if draft.replaces is None:
        return None
    wanted = visible(SYSTEM, DailyControl).where(
        DailyControl.organisation_id == unit.id,
        DailyControl.id == draft.replaces,
        DailyControl.category == draft.category,
        DailyControl.on == draft.on,
    )
    former = session.scalar(wanted)
    if former is None:
        raise Invalid({"replaces": N_("There is no such record of this day.")})
    if former.superseded_by is not None:
        raise Conflict({"": N_("This record was corrected already: correct the newer one.")})
    return former


def _pieces_named(draft: ControlDraft, unit: Organisation) -> dict[UUID | None, Equipment]:
    """The pieces at which something is wrong: they are the unit's own and in use."""
    wanted = {one.piece for one in draft.problems if one.piece}
    if not wanted:
        return {}
    rows = own_pieces(SYSTEM, unit.id, draft.category).where(Equipment.id.in_(wanted))
    there: dict[UUID | None, Equipment] = {piece.id: piece for piece in session.scalars(rows)}
    if len(there) < len(wanted):
        raise Invalid({"problems": N_("One of these pieces is not yours or not in use.")})
    return there


def _check(draft: ControlDraft, unit: Organisation, former: DailyControl | None) -> None:
    """Invalid with everything that keeps this from being a control."""
    if draft.category not in {each.key for each in CATEGORIES}:
        raise Invalid({"category": N_("Choose one of the list.")})
    problems = [
        ProblemFacts(one.text, one.grade, one.piece is not None, one.stopped, one.why_not)
        for one in draft.problems
    ]
    known = day_of(unit.id, draft.category, draft.on) is not None
    wrong: dict[str, str | Message] = dict(
        control_problems(
            ControlFacts(
                on=draft.on,
                today=clock.today(),
                is_known_day=known,
                nothing_found=draft.nothing_found,
                problems=problems,
                piece_needed=is_piece_named(draft.category),
                is_paper=draft.is_paper,
                photos=len(draft.photos),
                corrects=former is not None,
                reason=draft.reason,
            )
        )
    )
    if not known and not seat_of(unit, draft.category).pieces:
        wrong["category"] = N_("Nothing of this category is in use here.")
    if len(draft.problems) > MOST_PROBLEMS:
        wrong["problems"] = Message(N_("At most %(most)d problems in one record."), {"most": MOST_PROBLEMS})
    if not draft.officer.strip():
        wrong["officer"] = N_("Say who looked.")
    if wrong:
        raise Invalid(wrong)


def _problems(
    control: DailyControl, draft: ControlDraft, pieces: Mapping[UUID | None, Equipment], by: Viewer
) -> list[ControlFinding]:
    """The problems; those at a piece are findings of the piece too. Of a corrected record they go on with all
    that was done about them; what it does not say any more falls away where nobody has decided on it."""
    before = _carried_on(control, draft.replaces, by) if draft.replaces else {}
    rows = []
    for number, one in enumerate(draft.problems, 1):
        finding = before.pop((one.piece, one.text.strip()), None)
        if one.piece is not None and finding is None:
            finding = find(
                pieces[one.piece],
                source=FindingSource.CONTROL,
                source_id=control.id,
                description=one.text.strip(),
                by=by,
                found_on=control.on,
                put_right=one.put_right,
            )
        rows.append(
            ControlFinding(
                organisation_id=control.organisation_id,
                control_id=control.id,
                no=number,
                area=control.area,
                item=one.item.strip()[:300],
                text=one.text.strip(),
                grade=one.grade,
                stopped=one.stopped if one.grade is ControlGrade.SERIOUS else None,
                why_not=one.why_not.strip(),
                put_right=one.put_right,
                equipment_id=one.piece,
                finding_id=finding.id if finding else None,
            )
        )
    session.add_all(rows)
    for left in before.values():
        if left.state == FindingState.OPEN:
            dismiss(left, draft.reason, by=by)
    return rows


def _carried_on(control: DailyControl, former: UUID, by: Viewer) -> dict[tuple[UUID | None, str], Finding]:
    """What the record before found at pieces, now under this one, by piece and text."""
    old = visible(SYSTEM, DailyControl).where(
        DailyControl.organisation_id == control.organisation_id, DailyControl.id == former
    )
    rows = problems_of(session.scalars(old).all()).get(former, [])
    at = {row.equipment_id for row in rows if row.equipment_id}
    for key in sorted(at):
        carry_on(key, FindingSource.CONTROL, former, control.id, by=by)
    return {
        (key, finding.description): finding
        for key in at
        for finding in findings_of_record(key, FindingSource.CONTROL, control.id)
    }


def _serious(control: DailyControl, row: ControlFinding, piece: Equipment | None) -> Duty:
    """A serious problem is told to the unit in the minute: to its director before all."""
    stopped = N_("%(where)s: serious problem in the daily control, stopped. %(text)s")
    runs = N_("%(where)s: serious problem in the daily control, not stopped. %(text)s")
    where = piece_name(piece) if piece else control.officer
    return Duty(
        key=f"{duty_key(SERIOUS, control, control.on)}:{row.no}",
        kind=SERIOUS,
        due_on=control.on,
        area=control.area,
        text=Message(stopped if row.stopped else runs, {"where": where, "text": row.text[:60]}),
        link=f"/controls/daily/{control.organisation_id}/{control.id}",
        organisation_id=control.organisation_id,
        stages=at_once(Audience.RESPONSIBLE),
    )
