"""What the county and the city decide about an accident: whether it was one, its level, its piece, what the
investigation found, and that it is over. Each decision is a row with its reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from equipment.accidents import log
from equipment.accidents.duties import stopped_at_once
from equipment.accidents.models import Accident, AccidentStep
from equipment.accidents.queries import (
    clearances_of,
    experts_for,
    files_of,
    relays_of,
    statements_of,
    steps_of,
)
from equipment.accidents.rules import decision_problem
from equipment.accidents.states import AccidentLevel, AccidentState, AccidentStepKind
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument
from equipment.hazards.actions import follow_stop_use
from equipment.people.rules import Viewer
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.accident_numbers import exclusions
from equipment.storage.db import Base, session

GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Investigation:
    """What an investigation ended with."""

    on: date
    result: str
    cause: str
    responsible: str
    team: Sequence[UUID] = ()


def must_decide(accident: Accident, by: Viewer) -> None:
    """Behind the lock: refuse whoever may not decide on accidents."""
    problem = decision_problem(by.area)
    if problem is not None:
        raise NotAllowed(problem)
    log.locked(accident)


def confirm(accident: Accident, level: AccidentLevel, note: str, *, by: Viewer) -> AccidentStep:
    """It was an accident, of this level: its piece is stopped until it was fully checked and cleared."""
    must_decide(accident, by)
    was = accident.state
    log.must_become(accident, AccidentState.CONFIRMED)
    if was is AccidentState.EXCLUDED and not note.strip():
        raise Invalid({"note": N_("It was found to be none before: give the reason.")})
    accident.state, accident.level, accident.exclusion = AccidentState.CONFIRMED, level, ""
    accident.confirmed_at = clock.now()
    step = log.noted(accident, AccidentStepKind.CONFIRMED, by, note, before=was, after=level)
    piece = _recorded(accident, "accident.confirmed", by, step, level=level)
    if piece is not None and accident.stops:
        urgent(stopped_at_once(accident, piece))
    return step


def exclude(accident: Accident, code: str, reason: str, *, by: Viewer) -> AccidentStep:
    """不属于事故: a case of Art. 3; it stays on file, and stops nothing any more."""
    must_decide(accident, by)
    was = accident.state
    log.must_become(accident, AccidentState.EXCLUDED)
    if code not in {one.code for one in exclusions(accident.on)}:
        raise Invalid({"exclusion": N_("Choose the case.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    accident.state, accident.exclusion = AccidentState.EXCLUDED, code
    step = log.noted(accident, AccidentStepKind.EXCLUDED, by, reason, before=was, after=code)
    _recorded(accident, "accident.excluded", by, step, exclusion=code)
    return step


def set_level(accident: Accident, level: AccidentLevel, reason: str, *, by: Viewer) -> AccidentStep:
    """Another level than before, with the reason."""
    must_decide(accident, by)
    log.must_be(accident, AccidentState.CONFIRMED, AccidentState.INVESTIGATED)
    if accident.level == level:
        raise Invalid({"level": N_("It has this level already.")})
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    step = log.noted(accident, AccidentStepKind.LEVEL, by, reason, before=accident.level or "", after=level)
    accident.level = level
    _recorded(accident, "accident.level", by, step, level=level)
    return step


def name_piece(accident: Accident, piece: Equipment, *, by: Viewer) -> AccidentStep:
    """Which piece it was: from here on everything said of the accident stands in its chain."""
    must_decide(accident, by)
    if accident.equipment_id is not None:
        raise Conflict({"": N_("The piece of this accident is named already.")})
    if accident.state is AccidentState.CLOSED:
        log.must_be(accident, AccidentState.REPORTED)
    accident.equipment_id, accident.category = piece.id, piece.category
    accident.firm_id = piece.maintenance_firm_id
    accident.unit_id = accident.unit_id or piece.use_unit_id or piece.owner_id
    step = log.noted(accident, AccidentStepKind.PIECE, by)
    _recorded(accident, "accident.piece", by, step, *_all_rows(accident), equipment=piece.id)
    if accident.stops:
        urgent(stopped_at_once(accident, piece))
    return step


def _all_rows(accident: Accident) -> list[Base]:
    files = files_of(accident)
    return [
        *statements_of(accident),
        *relays_of([accident.id]).values(),
        *clearances_of(accident),
        *(step for step in steps_of(accident) if step.kind is not AccidentStepKind.PIECE),
        *files,
    ]


def end_follow_up(accident: Accident, note: str, *, by: Viewer) -> AccidentStep:
    """Nothing more is expected to change: nobody is reminded of follow-up reports."""
    must_decide(accident, by)
    log.must_be(accident, AccidentState.CONFIRMED, AccidentState.INVESTIGATED)
    if accident.follow_up_ended_at is not None:
        raise Conflict({"": N_("This was said already.")})
    accident.follow_up_ended_at = clock.now()
    step = log.noted(accident, AccidentStepKind.FOLLOW_UP_ENDED, by, note)
    _recorded(accident, "accident.follow_up_ended", by, step)
    return step


def investigate(
    accident: Accident, found: Investigation, documents: Sequence[StoredDocument] = (), *, by: Viewer
) -> AccidentStep:
    """The investigation ended: what happened, why, who answers for it, and who looked into it."""
    must_decide(accident, by)
    log.must_become(accident, AccidentState.INVESTIGATED)
    problems: dict[str, Message | str] = {}
    if not accident.on <= found.on <= clock.today():
        problems["investigated_on"] = N_("This day lies before the accident, or has not come yet.")
    for name in ("result", "cause", "responsible"):
        if not getattr(found, name).strip():
            problems[name] = N_("This is needed.")
    wanted = list(dict.fromkeys(found.team))
    if set(wanted) - {one.id for one in experts_for(by, accident.category)}:
        problems["team"] = N_("Choose experts of the list.")
    if problems:
        raise Invalid(problems)
    accident.state, accident.investigated_on = AccidentState.INVESTIGATED, found.on
    accident.result, accident.cause = found.result.strip(), found.cause.strip()
    accident.responsible, accident.team = found.responsible.strip(), [str(key) for key in wanted]
    step = log.noted(accident, AccidentStepKind.INVESTIGATED, by)
    files = log.keep_files(accident, accident.id, documents, by)
    _recorded(accident, "accident.investigated", by, step, *files, on=found.on, team=accident.team)
    return step


def publish(accident: Accident, on: date, where: str, text: str, *, by: Viewer) -> AccidentStep:
    """The result was made public: when, where, in which words."""
    must_decide(accident, by)
    log.must_be(accident, AccidentState.INVESTIGATED)
    problems: dict[str, Message | str] = {}
    if accident.investigated_on is None or not accident.investigated_on <= on <= clock.today():
        problems["published_on"] = N_(
            "This day lies before the end of the investigation, or has not come yet."
        )
    if not where.strip():
        problems["published_where"] = N_("Say where it can be read.")
    if not text.strip():
        problems["published_text"] = N_("Give the words that were published.")
    if problems:
        raise Invalid(problems)
    step = log.noted(
        accident,
        AccidentStepKind.PUBLISHED,
        by,
        where,
        before=str(accident.published_on or ""),
        after=on.isoformat(),
    )
    accident.published_on, accident.published_where, accident.published_text = (
        on,
        where.strip()[:300],
        text.strip(),
    )
    _recorded(accident, "accident.published", by, step, on=on)
    return step


def close(accident: Accident, note: str, *, by: Viewer) -> AccidentStep:
    """Investigated, made public, and the piece cleared or gone for ever."""
    must_decide(accident, by)
    log.must_become(accident, AccidentState.CLOSED)
    if accident.published_on is None:
        raise Conflict({"": N_("The result has not been made public yet.")})
    if accident.equipment_id is not None and accident.cleared_at is None:
        piece = session.get_one(Equipment, accident.equipment_id)
        if piece.status not in GONE:
            raise Conflict({"": N_("The piece has neither been cleared nor scrapped yet.")})
    accident.state, accident.closed_at = AccidentState.CLOSED, clock.now()
    step = log.noted(accident, AccidentStepKind.CLOSED, by, note)
    _recorded(accident, "accident.closed", by, step)
    return step


def _recorded(
    accident: Accident, verb: str, by: Viewer, step: AccidentStep, *rows: Base, **payload: object
) -> Equipment | None:
    """Write the step, with 停止使用 put on the piece or lifted where the step moved that; (the piece)."""
    piece, moved = _followed(accident)
    if piece is not None and moved:
        payload["stop_use"] = piece.stop_use_since is not None
    log.record(accident, verb, by, step, *rows, *([piece] if piece is not None and moved else []), **payload)
    return piece


def _followed(accident: Accident) -> tuple[Equipment | None, bool]:
    if accident.equipment_id is None:
        return None, False
    return follow_stop_use(accident.equipment_id)
