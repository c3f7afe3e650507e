"""Calls as lists, tiles and pages show them: each with its lift, its parties and how far it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from equipment.calls.hooks import DutyPhones, duty_phones, rescue_codes
from equipment.calls.models import Dispatch, RescueCall
from equipment.calls.queries import (
    NamedParty,
    causes_on,
    dispatches_of,
    filtered_calls,
    lifts_named,
    notes_of,
    parties_named,
    people_named,
    sees_caller,
    steps_of,
)
from equipment.calls.rules import ArrivalVerdict, Urgency, arrival_verdict, urgency
from equipment.calls.states import CallFlag, CallState, CallStep, DispatchResult
from equipment.core import clock
from equipment.core.words import N_, Labelled, Message
from equipment.people.queries import areas_below
from equipment.people.rules import Viewer
from equipment.register.models import Equipment
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

NO_PHONES = DutyPhones()
NOBODY = NamedParty("", "")


class ShownCall(NamedTuple):
    """A call with what a page says of it. `caller_phone` is empty for whom it is no business."""

    record: RescueCall
    lift: Equipment | None
    code: str
    phones: DutyPhones
    firm: NamedParty
    unit: NamedParty
    helper: NamedParty
    centre: NamedParty
    dispatches: Sequence[Dispatch]
    caller_phone: str
    cause: str
    arrived_by: str
    now: datetime
    steps: tuple[int, ...]

    @property
    def place(self) -> str:
        """What people call the lift and where it stands; as the caller said it while nobody can name it."""
        lift = self.lift
        if lift is None:
            return self.record.address
        return " ".join(dict.fromkeys(filter(None, (lift.name or lift.serial, lift.position))))

    @property
    def address(self) -> str:
        return (self.lift.address if self.lift else "") or self.record.address

    @property
    def verdict(self) -> ArrivalVerdict:
        return arrival_verdict(self.record.times, self.now, self.record.limit_min)

    @property
    def urgency(self) -> Urgency:
        return urgency(self.record.times, self.now, self.steps)

    @property
    def flags(self) -> list[Labelled]:
        return [CallFlag(flag) for flag in self.record.flags]

    @property
    def runs(self) -> bool:
        """Whether the clock of the arrival still runs."""
        return self.record.arrived_at is None and self.record.state in (
            CallState.CALLED,
            CallState.DISPATCHED,
        )

    @property
    def arrival_s(self) -> int | None:
        return _seconds(self.record.called_at, self.record.arrived_at)

    @property
    def release_s(self) -> int | None:
        return _seconds(self.record.arrived_at, self.record.released_at)


def _seconds(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else round((until - since).total_seconds())


def spoken(seconds: int | None) -> str:
    """12'47" as the centres of the country write their times."""
    return "—" if seconds is None else f"{seconds // 60}′{seconds % 60:02}″"


def shown_calls(viewer: Viewer, records: Sequence[RescueCall], locale: str) -> list[ShownCall]:
    """Calls as a page shows them, in a handful of queries however many there are."""
    on, now = clock.today(), clock.now()
    lifts = lifts_named(call.equipment_id for call in records)
    phones = duty_phones(list(lifts), on) if lifts else {}
    codes = rescue_codes(list(lifts)) if lifts else {}
    dispatches = dispatches_of(call.id for call in records) if records else {}
    parties = parties_named(
        key
        for call in records
        for key in (call.firm_id, call.use_unit_id, call.helper_id, call.organisation_id)
    )
    people = people_named({call.arrived_by for call in records})
    causes = {cause.code: cause.in_language(locale) for cause in causes_on(on)}
    steps = steps_of(on)

    def party(key: UUID | None) -> NamedParty:
        return parties.get(key, NOBODY) if key else NOBODY

    return [
        ShownCall(
            call,
            lifts.get(call.equipment_id) if call.equipment_id else None,
            codes.get(call.equipment_id, "") if call.equipment_id else "",
            phones.get(call.equipment_id, NO_PHONES) if call.equipment_id else NO_PHONES,
            party(call.firm_id),
            party(call.use_unit_id),
            party(call.helper_id),
            party(call.organisation_id),
            dispatches.get(call.id, []),
            call.caller_phone if sees_caller(viewer, call) else "",
            causes.get(call.cause, call.cause),
            people.get(call.arrived_by, "") if call.arrived_by else "",
            now,
            steps,
        )
        for call in records
    ]


class LogLine(NamedTuple):
    """One line of a call's log: when, what, in which words, and who wrote it down; `late` where it was
    written down long after it happened."""

    at: datetime
    step: CallStep
    text: str
    who: str
    recorded_at: datetime


def log_of(viewer: Viewer, call: RescueCall) -> list[LogLine]:
    """Who of the centre wrote what is told to the centre and to supervisors; others see what was done."""
    notes = notes_of(call.id)
    own = sees_caller(viewer, call)
    names = people_named({note.user_id for note in notes}) if own else {}
    return [
        LogLine(
            note.at,
            CallStep(note.step),
            note.text,
            names.get(note.user_id, "") if note.user_id else "",
            note.recorded_at,
        )
        for note in notes
        if own or note.step not in (CallStep.TOLD, CallStep.BLANKED)
    ]


COLUMNS = (
    (N_("Called at"), 19),
    (N_("Number of the centre"), 16),
    (N_("Lift"), 30),
    (N_("Address"), 30),
    (N_("Area"), 14),
    (N_("Maintenance firm"), 28),
    (N_("Use unit"), 28),
    (N_("Kind"), 14),
    (N_("State"), 12),
    (N_("Rescue sent at"), 19),
    (N_("Rescue arrived at"), 19),
    (N_("Arrival, minutes"), 10),
    (N_("Limit, minutes"), 10),
    (N_("Arrival"), 12),
    (N_("People released at"), 19),
    (N_("Release, minutes"), 10),
    (N_("People freed"), 8),
    (N_("Injured"), 8),
    (N_("Cause"), 18),
    (N_("Narrative"), 40),
)


def call_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of the list, as people read them; without any caller's phone."""
    parts = in_parts(filtered_calls(viewer, filters), RescueCall.called_at.desc(), RescueCall.id)
    areas = {area.code: area.name for area in areas_below("")}
    locale = "zh" if say("Lift") != "Lift" else "en"
    cells = (_cells(row, areas, say) for part in parts for row in shown_calls(viewer, part, locale))
    return Table(say(N_("Rescue calls")), [TableColumn(say(name), width) for name, width in COLUMNS], cells)


def _cells(row: ShownCall, areas: Mapping[str, str], say: Say) -> list[object]:
    call = row.record
    return [
        _time(call.called_at),
        call.number,
        row.place,
        row.address,
        areas.get(call.area, call.area),
        row.firm.name,
        row.unit.name,
        say(call.kind.label),
        say(call.state.label),
        _time(call.dispatched_at),
        _time(call.arrived_at),
        _minutes(row.arrival_s),
        call.limit_min,
        say(row.verdict.label),
        _time(call.released_at),
        _minutes(row.release_s),
        call.people,
        call.injured,
        row.cause,
        call.narrative,
    ]


def _time(at: datetime | None) -> str:
    return f"{clock.site_time(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _minutes(seconds: int | None) -> float | None:
    return None if seconds is None else round(seconds / 60, 1)


def answer_words(row: Dispatch) -> Message:
    """What those who were sent said."""
    if row.result == DispatchResult.ACCEPTED and row.eta_minutes is not None:
        return Message(N_("On the way, there in %(num)d minutes"), {"num": row.eta_minutes})
    return Message(DispatchResult(row.result).label)
