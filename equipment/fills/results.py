"""What came out of a fill: 充后总重 or pressure, 充装后检查, and the state they lead to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid
from equipment.core.verdict import Reason, Verdict
from equipment.core.words import N_, Message
from equipment.fills.acetylene import only_after_rest
from equipment.fills.actions import move, note, rules_behind
from equipment.fills.build_rules import Make
from equipment.fills.checks import (
    actor_of,
    answer_marks,
    answers_marked,
    flags_of_people,
    keep_with_cylinder,
    only_asked_items,
    only_known_items,
)
from equipment.fills.forbidden import prohibition, record_forbidden
from equipment.fills.hindsight import overridden, verdict_on
from equipment.fills.instruments import instrument_flags, instrument_of
from equipment.fills.models import Fill
from equipment.fills.reason_rules import OVERFILL, failed_after, unanswered
from equipment.fills.rules import Answers, FillFacts, Rulebook, failed_checks
from equipment.fills.states import FillState, Treatment
from equipment.fills.station import pack_of
from equipment.fills.weight_rules import Weights, off_target, over_limits, pressure_problem
from equipment.instruments.models import Instrument
from equipment.intake.actions import Receipts, conflict, last_contact
from equipment.intake.rules import arrival
from equipment.people.models import Device
from equipment.people.rules import Viewer

NO_PRE_CHECK = "no_pre_check"  # 未做充装前检查
ANYWAY = "filled_anyway"
REFUSED_SINCE = "refused_since"
WITHOUT_REFUSAL = "result_despite_check"
DRAWN_DOWN = "drawn_down"
RESULTS = Receipts("fill_result", "result_id")
AMOUNTS = ("empty_g", "gross_g", "pressure_kpa", "temperature_dc", "recheck_g", "solvent_g")
BELOW_TARE = "below_tare"
NOT_REWEIGHED, REWEIGHED_ALIKE = "not_reweighed", "reweighed_alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class FillResult:
    """What came out of a fill. `content` is its canonical text: the same again is a replay."""

    happened_at: datetime
    content: str
    empty_g: int | None = None
    gross_g: int | None = None
    pressure_kpa: int | None = None
    temperature_dc: int | None = None
    checks: Answers = field(default_factory=dict)
    post_checks: Mapping[str, bool] = field(default_factory=dict)
    recheck_g: int | None = None  # 复秤: the gross weight, weighed a second time
    recheck_instrument: str = ""
    solvent_g: int | None = None
    below_tare: bool = False  # somebody has read the empty weight twice: it is below the tare on file
    instrument: str = ""  # its number, where it is not the one at the bay
    checker: UUID | None = None
    rechecker: UUID | None = None
    result_id: UUID | None = None
    queued: bool = False

    def for_bottle(self, failed: Collection[str]) -> FillResult:
        """The same for one bottle of several, which failed these items after filling."""
        return replace(self, result_id=None, post_checks={**self.post_checks, **dict.fromkeys(failed, False)})


def record_result(fill: Fill, result: FillResult, *, by: Viewer, device: Device | None = None) -> Fill:
    """充后总重 or pressure and 充装后检查 of a fill that is locked. The same result again changes nothing. What went
    in is a fact: a fill that was refused meanwhile takes its result too, and says so."""
    message = RESULTS.received(result.content, sender=by.organisation_id, key=result.result_id, about=fill.id)
    if message.answer is not None:
        if fill.result_at is None:  # the id was used for another bottle
            raise conflict(("fill_id",))
        return fill
    drawing_down = fill.state == FillState.OVERFILLED
    if fill.state == FillState.VOID or fill.superseded or (fill.result_at is not None and not drawing_down):
        raise Conflict(_differing(fill, result))
    piece, make, book = rules_behind(fill)
    if make is None and fill.state == FillState.OPEN:
        raise Invalid({"": N_("The record of this cylinder is incomplete: its medium is not known.")})
    filled_at = went_in_at(result, fill.happened_at, device)
    stands = drawing_down or (verdict_on(fill, by=by).allowed and fill.state != FillState.REFUSED)
    why = None
    if not drawing_down and (is_old(filled_at) or not stands):
        why = prohibition(fill, result.happened_at, filled_at, by=by)
    reasons = settle(fill, make, book, result, filled_at, by=by, forbidden=why.reasons if why else ())
    if why is None and not stands:
        fill.flags = sorted({*fill.flags, REFUSED_SINCE})
    if drawing_down and fill.state == FillState.FILLED:
        fill.flags = sorted({*fill.flags, DRAWN_DOWN})
    receipt = message.keep(fill.state)
    payload = {"happened_at": result.happened_at, "net_g": fill.net_g, "reasons": codes_of(reasons)}
    if why is None:
        keep_with_cylinder(piece, fill, reasons, by)
        note(fill, f"fill.{fill.state}", by, payload, piece, receipt)
        return fill
    fill.treatment = Treatment.ISOLATE
    keep_with_cylinder(piece, fill, tuple(reason for reason in reasons if reason not in why.reasons), by)
    forbidden = record_forbidden(fill, why, filled_at, by=by)
    note(fill, "fill.forbidden", by, payload, forbidden, piece, receipt)
    return fill


def settle(
    fill: Fill,
    make: Make | None,
    book: Rulebook,
    result: FillResult,
    filled_at: datetime,
    *,
    by: Viewer,
    forbidden: tuple[Reason, ...] = (),
    instruments: Sequence[Instrument] | None = None,
) -> tuple[Reason, ...]:
    """Put the result into the fill, with the state it leads to; answers every reason that stands against it.
    `forbidden` is why gas should not have gone in; `instruments` are the station's, where they were read
    before."""
    only_asked_items(make, fill, result.checks)
    only_known_items(pack_of(fill.on), result.post_checks)
    flags = _measure(fill, make, result, filled_at, by, instruments)
    reasons, state = _outcome(make, fill, book)
    flags |= _flags(make, fill, reasons)
    if state == FillState.FILLED and fill.filled_at is None:
        only_after_rest(fill, filled_at)
    if forbidden:
        reasons, state = (*forbidden, *reasons), FillState.REFUSED
        flags |= {ANYWAY}
    fill.verdict = Verdict.from_json(fill.verdict).asked_again(Verdict(reasons)).as_json()
    fill.flags = sorted({*fill.flags, *flags})
    fill.filled_at, fill.result_at = fill.filled_at or filled_at, clock.now()
    fill.closed_at = None if state == FillState.OVERFILLED else fill.result_at
    if fill.state != state:  # drawn down too little, it is overfilled still; refused, it is refused still
        move(fill, state)
    fill.allowed = state != FillState.REFUSED
    return reasons


def codes_of(reasons: Sequence[Reason]) -> list[str]:
    return [reason.code for reason in reasons]


def is_old(filled_at: datetime) -> bool:
    """Whether the bottle may have changed since: then what held at that moment is looked up."""
    return clock.now() - filled_at > pack_of(clock.today()).limits.drift


def went_in_at(result: FillResult, scanned_at: datetime, device: Device | None) -> datetime:
    """The instant that counts: the device's word where its clock may be believed, never before the scan."""
    now, limits = clock.now(), pack_of(clock.today()).limits
    behind = now - result.happened_at
    if timedelta() <= behind <= limits.drift:
        at = result.happened_at
    else:
        heard = last_contact(device) if result.queued else None
        at = arrival(result.happened_at, now, limits, queued=result.queued, last_contact=heard).at
    return max(at, min(scanned_at, now))


def _measure(
    fill: Fill,
    make: Make | None,
    result: FillResult,
    filled_at: datetime,
    by: Viewer,
    instruments: Sequence[Instrument] | None,
) -> set[str]:
    """A fill without its amount proves nothing: weight where gas is weighed, pressure elsewhere; of another
    gas, or where it was refused, either. Answers what is remarkable of it."""
    is_plain = make is not None and fill.state != FillState.REFUSED
    weighed = make.weighed if is_plain and make is not None else result.gross_g is not None
    if weighed and result.gross_g is None:
        raise Invalid({"gross_g": N_("Enter the gross weight after filling.")})
    if not weighed and result.pressure_kpa is None:
        raise Invalid({"pressure_kpa": N_("Enter the pressure after filling.")})
    if problem := pressure_problem(make, result.pressure_kpa):
        raise Invalid({"pressure_kpa": problem})
    for name in ("gross_g", "recheck_g"):
        weights = Weights(fill.tare_g, getattr(result, name), make.charge_g if make else None)
        if problem := weights.problem:
            raise Invalid({name: problem})
    fill.gross_g, fill.pressure_kpa = result.gross_g, result.pressure_kpa
    fill.temperature_dc, fill.recheck_g = result.temperature_dc, result.recheck_g
    fill.solvent_g = result.solvent_g if result.solvent_g is not None else fill.solvent_g
    fill.net_g = Weights(fill.tare_g, fill.gross_g, None).net_g
    flags = _residual(fill, result)
    instrument = instrument_of(fill, result.instrument, weighed=weighed, among=instruments)
    fill.instrument_id = instrument.id if instrument else None
    if result.checks:
        fill.checks = fill.checks | answer_marks(result.checks, actor_of(result.checker, by))
        fill.checked_by = result.checker or by.user_id
    if result.post_checks:
        fill.rechecked_by = result.rechecker or by.user_id
    fill.post_checks = answer_marks(result.post_checks, actor_of(result.rechecker, by))
    on = clock.site_day(filled_at)
    flags |= instrument_flags(instrument, on)
    if result.recheck_g is not None:
        number = result.recheck_instrument
        second = instrument_of(fill, number, weighed=True, field="recheck_instrument", among=instruments)
        fill.recheck_instrument_id = second.id if second else None
        fill.rechecked_by = result.rechecker or by.user_id
        flags |= instrument_flags(second, on)
    return flags


def _residual(fill: Fill, result: FillResult) -> set[str]:
    """What was in the bottle before counts: empty weight less tare. Less than nothing is asked: the scale was
    misread, or the tare on file is wrong."""
    if result.empty_g is None:
        return set()
    residual = None if fill.tare_g is None else result.empty_g - fill.tare_g
    if residual is not None and residual < 0 and not result.below_tare:
        text = N_(
            "Below the tare of %(tare)s kg on file: read the scale again. If it is right, say so "
            "(below_tare), and have the record corrected."
        )
        raise Invalid({"empty_g": Message(text, {"tare": (fill.tare_g or 0) / 1000})})
    if result.gross_g is not None and result.gross_g < result.empty_g:
        raise Invalid({"gross_g": N_("Less than before filling: the weights are mixed up.")})
    fill.empty_g, fill.residual_g = result.empty_g, residual
    return {BELOW_TARE} if residual is not None and residual < 0 else set()


def _outcome(make: Make | None, fill: Fill, book: Rulebook) -> tuple[tuple[Reason, ...], FillState]:
    """What stands against the fill as it came out, and the state it leads to: over the limit goes before any
    other fault."""
    if make is None:
        return (), FillState.FILLED
    weighings = [Weights(fill.tare_g, gross_g, make.charge_g) for gross_g in (fill.gross_g, fill.recheck_g)]
    over = over_limits(make, weighings, fill.pressure_kpa, fill.temperature_dc)
    aside = overridden(fill)
    failed = failed_checks(book, make.pre, answers_marked(fill.checks))
    before = tuple(reason for reason in failed if reason.code not in aside)
    after = failed_after(make.post, answers_marked(fill.post_checks), over)
    if after and {reason.code for reason in after} <= {OVERFILL, *over}:
        return (*before, *after), FillState.OVERFILLED
    refused = any(reason.effect.refuses for reason in (*before, *after))
    return (*before, *after), FillState.FAILED if refused else FillState.FILLED


def _flags(make: Make | None, fill: Fill, reasons: tuple[Reason, ...]) -> set[str]:
    if make is None:
        return set()
    first = FillFacts.from_json(fill.facts).first
    flags = {NO_PRE_CHECK} if unanswered(make, fill.checks, first=first) else set()
    flags |= {off} if (off := off_target(make, fill.net_g)) else set()
    flags |= flags_of_people(make, fill) | _flags_of_second_weighing(make, fill)
    despite = any(reason.code.startswith("R") and reason.effect.refuses for reason in reasons)
    return flags | ({WITHOUT_REFUSAL} if despite else set())


def _flags_of_second_weighing(make: Make, fill: Fill) -> set[str]:
    """逐瓶复秤: where every bottle is weighed twice, by a second scale or a second person."""
    if make.group not in pack_of(fill.on).weighed_again:
        return set()
    if fill.recheck_g is None:
        return {NOT_REWEIGHED}
    is_same_scale = fill.recheck_instrument_id in (None, fill.instrument_id)
    is_same_person = fill.rechecked_by in (None, fill.user_id)
    return {REWEIGHED_ALIKE} if is_same_scale and is_same_person else set()


def _differing(fill: Fill, result: FillResult) -> dict[str, Message | str]:
    """In which fields a second result says something else than what is on record; where it says the same of
    another time, that."""
    if fill.result_at is None or fill.superseded:
        return {
            "state": Message(N_("This fill is %(state)s already."), {"state": FillState(fill.state).label})
        }
    fields: dict[str, Message | str] = {}
    for name in AMOUNTS:
        recorded = getattr(fill, name)
        if getattr(result, name) not in (None, recorded):
            fields[name] = Message(
                N_("recorded: %(value)s"), {"value": "—" if recorded is None else recorded}
            )
    for name, answers, marks in (
        ("checks", result.checks, fill.checks),
        ("post_checks", result.post_checks, fill.post_checks),
    ):
        if not answers.items() <= answers_marked(marks).items():
            fields[name] = N_("other answers are on record")
    at = clock.site_time(fill.result_at)
    return fields or {
        "happened_at": Message(
            N_("The same values are on record since %(at)s, of another time. Nothing was changed."),
            {"at": f"{at:%Y-%m-%d %H:%M:%S}"},
        )
    }
