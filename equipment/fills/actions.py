"""What happens to a fill after its scan: pre-check answers, 误扫, 未充装, and what is done with a refused bottle.

Each step is one event of the cylinder's chain. Scans themselves go through record.py, what came out through
results.py, corrections through corrections.py; what people answered is weighed in checks.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy import not_, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotFound
from equipment.core.verdict import Effect, Verdict
from equipment.core.words import N_, Message
from equipment.files.actions import About, StoredDocument, attach_once
from equipment.files.models import Attachment
from equipment.files.queries import attachments_of
from equipment.fills.build_rules import Make
from equipment.fills.checks import actor_of, answer_marks, keep_with_cylinder, only_asked_items
from equipment.fills.hindsight import verdict_on
from equipment.fills.models import Fill, Scan
from equipment.fills.rules import Answers, Rulebook, failed_checks
from equipment.fills.states import FILL_CHANGES, FillState, Treatment
from equipment.fills.station import pack_of, station_on
from equipment.ledger.actions import record, subject_of
from equipment.people.rules import SYSTEM, Viewer
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.storage.db import Base, session

REMARK_LENGTH = 200
LISTED = timedelta(days=1)  # how far back a fill is found by its own id


class UnknownFill(NotFound):
    """A result came before its scan, or belongs to another station: the same answer, so that nothing
    leaks."""


def fill_of(fill_id: UUID, *, by: Viewer) -> Fill:
    """The fill of that id, or the one that a scan of that id went on with, of this station, locked for the
    change that follows."""
    scan = session.scalar(
        visible(by, Scan).where(Scan.id == fill_id, Scan.organisation_id == by.organisation_id)
    )
    if scan is not None and scan.equipment_id is not None and scan.fill_id is not None:
        return session.get_one(Fill, (scan.equipment_id, scan.fill_id), with_for_update=True)
    by_its_own = visible(by, Fill).where(
        Fill.id == fill_id,
        Fill.organisation_id == by.organisation_id,
        Fill.on >= clock.today() - LISTED,  # by the index of days: no fill is sought among all
    )
    fill = session.scalar(by_its_own.with_for_update())
    if fill is None:
        raise UnknownFill
    return fill


def by_itself(fill: Fill) -> Fill:
    """The fill, where what happens to it is its own matter: a bottle on a manifold (汇流排) ends with all that
    hang there."""
    if fill.manifold_id is not None and fill.state == FillState.OPEN:
        text = N_("This bottle hangs on a manifold: it ends with it, or is taken off before gas flows.")
        raise Conflict({"manifold_id": text})
    return fill


def has_answers(fill: Fill, checks: Answers) -> bool:
    """Whether these very answers are on record."""
    recorded = {item: mark["ok"] for item, mark in fill.checks.items() if item in checks}
    return {item: answer is True for item, answer in checks.items()} == recorded


def answer_checks(
    fill: Fill, checks: Answers, *, by: Viewer, checker: UUID | None = None, queued: bool = False
) -> Fill:
    """充装前检查: answers for an open fill; one that fails refuses it and stays with the cylinder. The register is
    asked again, so that nobody looks a bottle over that was locked meanwhile. `checker` is who looked, where
    that is not who sends; in some groups of gases the pack wants somebody else than the filler: of answers
    that waited in the device (`queued`) that is said with the result, the bottle is filled by now."""
    if fill.state != FillState.OPEN:
        if has_answers(fill, checks):
            return fill
        raise Conflict(
            {"checks": Message(N_("This fill is %(state)s already."), {"state": FillState(fill.state).label})}
        )
    piece, make, book = rules_behind(fill)
    only_asked_items(make, fill, checks)
    looker = checker or by.user_id
    is_apart = make is not None and make.group in pack_of(fill.on).checked_by_another
    if is_apart and not queued and looker in (None, fill.user_id):
        text = N_("Somebody else than the filler looks this bottle over: PIN or card of that person.")
        raise Invalid({"checker": text})
    fill.checks = fill.checks | answer_marks(checks, actor_of(checker, by))
    fill.checked_by = looker
    reasons = tuple(failed_checks(book, make.pre, checks)) if make else ()
    verdict = (
        Verdict.from_json(fill.verdict).asked_again(verdict_on(fill, by=by)).asked_again(Verdict(reasons))
    )
    fill.verdict = verdict.as_json()
    if verdict.allowed:
        note(fill, "fill.checked", by, {"checks": dict(checks)})
        return fill
    fill.allowed = False
    fill.closed_at = clock.now()
    move(fill, FillState.REFUSED)
    keep_with_cylinder(piece, fill, reasons, by)
    note(fill, "fill.refused", by, {"reasons": [reason.code for reason in verdict.refusals]})
    return fill


def put_on_scale(fill: Fill, bay: str, *, by: Viewer) -> Fill:
    """It stands on another scale than the one that was next: said until the fill is closed."""
    if fill.bay == bay:
        return fill
    if fill.closed_at is not None:
        state = FillState(fill.state).label
        raise Conflict({"bay": Message(N_("This fill is %(state)s already."), {"state": state})})
    before, fill.bay = fill.bay, bay
    note(fill, "fill.moved", by, {"bay": bay, "before": before})
    return fill


def void(fill: Fill, *, by: Viewer) -> Fill:
    """误扫: the wrong bottle was scanned; possible until a result is entered."""
    if fill.state == FillState.VOID:
        return fill
    move(fill, FillState.VOID)
    fill.closed_at = clock.now()
    note(fill, "fill.void", by, {})
    return fill


def not_filled(fill: Fill, *, by: Viewer, why: str = "settled") -> Fill:
    """未充装: an open fill that came to nothing, settled at the end of a shift or closed at midnight."""
    if fill.state == FillState.NOT_FILLED:
        return fill
    move(fill, FillState.NOT_FILLED)
    fill.closed_at = clock.now()
    note(fill, "fill.not_filled", by, {"why": why})
    return fill


def close_unfinished(on: date, *, most: int = 200) -> int:
    """At midnight: fills of the days before `on` that never got a result close as 未充装. Returns how many; call
    again until none. One that is being filled on a manifold over midnight, or rests between two
    steps (acetylene), has a day more."""
    is_at_rest = or_(Fill.started_at.is_not(None), Fill.resting_since.is_not(None))
    is_left = or_(not_(is_at_rest), Fill.on < on - timedelta(days=1))
    unfinished = visible(SYSTEM, Fill).where(Fill.state == FillState.OPEN, Fill.on < on, is_left)
    fills = session.scalars(unfinished.limit(most).with_for_update()).all()
    for fill in fills:
        not_filled(fill, by=SYSTEM, why="midnight")
    return len(fills)


def needs_second(fill: Fill, treat_code: str) -> bool:
    """Whether one person alone may not say that this bottle is treated: it was refused for, or still carries,
    a reason that the pack wants two people for."""
    codes = {treat_code, *(reason.code for reason in Verdict.from_json(fill.verdict).refusals)}
    return not codes.isdisjoint(pack_of(clock.today()).treated_by_two)


def treat(
    fill: Fill, treatment: Treatment, *, by: Viewer, remark: str = "", second: UUID | None = None
) -> Fill:
    """What was done with a refused or failed bottle; for 信息有误 `remark` says what is wrong. 已处置 lifts what a
    person found, so that it can be checked again."""
    if fill.state not in (FillState.REFUSED, FillState.FAILED, FillState.OVERFILLED):
        raise Invalid({"treatment": N_("Only a refused bottle is set aside.")})
    remark = remark.strip()[:REMARK_LENGTH] or (fill.treatment_remark if fill.treatment == treatment else "")
    if fill.treatment == treatment and fill.treatment_remark == remark:
        return fill
    treated: list[Base] = []
    if treatment == Treatment.TREATED:
        piece = session.get_one(Equipment, fill.equipment_id)
        stated = pack_of(clock.today()).refusals.get(piece.treat_code)
        if stated is not None and stated.effect is not Effect.TREAT:
            raise Invalid({"treatment": N_("This cannot be treated here: the inspection body decides.")})
        if needs_second(fill, piece.treat_code) and second in (None, by.user_id):
            raise Invalid({"second": N_("A second person must stand for it, by PIN or card.")})
        piece.treat_code = ""
        treated = [piece]
    fill.treatment, fill.treatment_remark = treatment, remark
    fill.treated_by, fill.treated_second = by.user_id, second
    payload: dict[str, object] = {"treatment": treatment}
    payload |= {"remark": remark} if remark else {}
    payload |= {"second": second} if second else {}
    verb = "fill.treated" if treatment == Treatment.TREATED else "fill.set_aside"
    note(fill, verb, by, payload, *treated)
    return fill


def rules_behind(fill: Fill) -> tuple[Equipment, Make | None, Rulebook]:
    """The cylinder, what holds for its make (None where its medium is not known), and the refusals at its
    station, on the day of the fill."""
    piece = session.get_one(Equipment, fill.equipment_id)
    build, _tare_g = pack_of(fill.on).build_of(piece.details)
    return piece, build.make if build else None, station_on(fill.organisation_id, fill.on).book


def move(fill: Fill, to: FillState) -> None:
    now = FillState(fill.state)
    if to not in FILL_CHANGES[now]:
        raise Conflict({"state": Message(N_("This fill is %(state)s already."), {"state": now.label})})
    fill.state = to


def note(fill: Fill, verb: str, by: Viewer, payload: Mapping[str, object], *beside: Base) -> None:
    """One event of the cylinder's chain, with the fill as it stands now and what changed beside it: the one
    whose place it takes, or what it went against."""
    subject = subject_of("equipment", fill.equipment_id)
    record(
        session(),
        subject,
        verb,
        actor=by.actor,
        payload={"fill": fill.id, **payload},
        rows=[fill, *beside],
        pack=fill.pack,
    )


def waits_for_its_record(fill: Fill) -> bool:
    """信息有误: its record is in doubt, and nobody has decided yet."""
    return fill.treatment == Treatment.WRONG_FILE and fill.approved_by is None and not fill.superseded


def photos_of(viewer: Viewer, fill: Fill) -> Sequence[Attachment]:
    """The photos of stamp and ring, oldest first: every version of a fill has the id of its first scan, so
    they stay with it."""
    return attachments_of(viewer, fill.equipment_id, "fill", fill.scan_id)


def add_photo(fill: Fill, photo: StoredDocument, *, by: Viewer) -> Attachment:
    """Show what the bottle says; the same photo again is the one that is there."""
    about = About(fill.equipment_id, fill.area, fill.category, "fill", fill.scan_id)
    attachment, fresh = attach_once(about, photo, by=by)
    if fresh and not waits_for_its_record(fill):  # the transaction takes the photo back
        raise Invalid({"photo": N_("This bottle does not wait for its record.")})
    return attachment
