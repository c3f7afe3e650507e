"""按需维保: what must hold for a lift so that its visits follow the need instead of the calendar, and since when
something does not. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from equipment.core.verdict import Citation
from equipment.core.words import N_, Labelled, Message
from equipment.regulation.elevator_details import OnDemandBasis
from equipment.regulation.packs import Value

DAY = timedelta(days=1)


class ConditionKind(Labelled):
    """What maintenance on demand asks for."""

    PILOT = "pilot", N_("A pilot runs here")
    FILING = "filing", N_("Filed and approved")
    BASIS = "basis", N_("Something stands in for the visits")
    INSPECTION = "inspection", N_("Inspection valid")
    IN_USE = "in_use", N_("In use, not stopped or locked")
    INSURANCE = "insurance", N_("Liability insurance in force")
    CONTRACT = "contract", N_("Maintenance contract in force")
    LICENCE = "licence", N_("Licence of the firm valid")
    HAZARD = "hazard", N_("No serious hazard open")
    GRADE = "grade", N_("Firm not graded C or worse")


# What is said in one phrase of a condition that does not hold: in a due, a notice, a list.
LOST = {
    ConditionKind.PILOT: N_("the pilot does not run"),
    ConditionKind.FILING: N_("the filing is not in force"),
    ConditionKind.BASIS: N_("nothing stands in for the visits"),
    ConditionKind.INSPECTION: N_("the inspection is not valid"),
    ConditionKind.IN_USE: N_("the lift is stopped or locked"),
    ConditionKind.INSURANCE: N_("no insurance in force"),
    ConditionKind.CONTRACT: N_("no fitting maintenance contract"),
    ConditionKind.LICENCE: N_("the firm's licence is not valid"),
    ConditionKind.HAZARD: N_("a serious hazard is open"),
    ConditionKind.GRADE: N_("the firm is graded C or worse"),
}


class CheckResult(Labelled):
    OK = "ok", N_("Nothing wrong seen"), "green"
    ABNORMAL = "abnormal", N_("Something wrong seen"), "red"


class FilingCover(Labelled):
    """Which lifts a filing names; always of those that its firm maintains."""

    LISTED = "listed", N_("The lifts on the list")
    UNIT = "unit", N_("All lifts of one use unit")
    AREA = "area", N_("All lifts of an area")


class ContractKnown(Labelled):
    """The kinds of a maintenance contract (清包, 半包, 全包)."""

    LABOUR = "labour", N_("Labour only")
    PARTIAL = "partial", N_("Small parts included")
    FULL = "full", N_("All-inclusive")


@dataclass(frozen=True, slots=True)
class FilingTerms:
    """What an approved filing says. `withdrawn_on` is the first day without it; the contract is what the firm
    declared."""

    firm_id: UUID
    basis: OnDemandBasis
    months: int
    from_on: date
    until_on: date
    withdrawn_on: date | None = None
    contract: ContractKnown | None = None
    contract_until: date | None = None

    @property
    def last_on(self) -> date:
        return self.until_on if self.withdrawn_on is None else min(self.until_on, self.withdrawn_on - DAY)


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A maintenance contract on file: its kind and last day, None where it has none."""

    kind: ContractKnown
    until_on: date | None


@dataclass(frozen=True, slots=True)
class RemoteLook:
    """One remote check: its day, and whether something was wrong."""

    on: date
    ok: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftFacts:
    """Everything that the conditions look at, as it stands on one day."""

    pilot: str | None = None  # the document that opened it
    filing: FilingTerms | None = None
    firm_id: UUID | None = None
    in_use: bool = True
    stop_use_since: date | None = None
    inspection_due_on: date | None = None
    inspection_failed_on: date | None = None
    insured_until: date | None = None
    insured_before: date | None = None  # the last day on which it was, where it is not now
    contract: ContractFacts | None = None  # None: no contract is known here
    licence_until: date | None = None
    hazard_since: date | None = None
    silent_hours: int | None = None  # of its monitor; None: nobody knows
    looks: tuple[RemoteLook, ...] = ()  # by day
    counted_from: date | None = None  # since when remote checks must follow one another


@dataclass(frozen=True, slots=True)
class OnDemandNumbers:
    """The values of the day that conditions are judged by."""

    conditions: Value
    check_days: Value
    heartbeat: Value


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition: whether it holds (None: it is not asked for, or nobody can say and it does not count),
    why, since when not, and the first day on which it is known to end."""

    kind: ConditionKind
    met: bool | None
    text: Message
    citation: Citation
    since: date | None = None
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Eligibility:
    """Every condition with its answer."""

    conditions: tuple[Condition, ...]

    @property
    def met(self) -> bool:
        return all(condition.met is not False for condition in self.conditions)

    @property
    def lost(self) -> tuple[Condition, ...]:
        return tuple(condition for condition in self.conditions if condition.met is False)

    @property
    def ends_on(self) -> date | None:
        """The first day on which one of them is known to end."""
        return self._next.ends_on if self._next else None

    @property
    def ends_with(self) -> ConditionKind | None:
        """Which one that is."""
        return self._next.kind if self._next else None

    @property
    def _next(self) -> Condition | None:
        ending = [one for one in self.conditions if one.met and one.ends_on is not None]
        return min(ending, key=lambda one: one.ends_on or date.max, default=None)


def qualifies(facts: LiftFacts, on: date, numbers: OnDemandNumbers) -> Eligibility:
    """Whether a lift may be maintained on demand on that day, with every condition and its citation."""
    wanted = numbers.conditions.texts
    cited = numbers.conditions.citation
    judged: Sequence[Condition] = (
        _pilot(facts, cited),
        _filing(facts, on, cited),
        _basis(facts, on, numbers),
        _inspection(facts, on, cited),
        _in_use(facts, cited),
        _insurance(facts, on, cited),
        _contract(facts, on, cited, numbers),
        _until(ConditionKind.LICENCE, facts.licence_until, on, cited, NO_LICENCE, LICENSED),
        _hazard(facts, cited),
        Condition(
            ConditionKind.GRADE, None, Message(N_("No grades of firms are on file: not judged.")), cited
        ),
    )
    always = (ConditionKind.PILOT, ConditionKind.FILING, ConditionKind.BASIS)
    return Eligibility(tuple(_counted(one, one.kind in always or one.kind in wanted) for one in judged))


NO_LICENCE = N_("The maintenance firm has no valid licence on file")
LICENSED = N_("Valid until %(day)s")


def _counted(condition: Condition, is_asked: bool) -> Condition:
    """What the bureau does not ask for is shown and does not count."""
    if is_asked or condition.met is None:
        return condition
    return Condition(condition.kind, None, condition.text, condition.citation)


def _pilot(facts: LiftFacts, cited: Citation) -> Condition:
    if facts.pilot is None:
        text = Message(N_("The bureau has not opened a pilot: every lift is maintained by the calendar"))
        return Condition(ConditionKind.PILOT, False, text, cited)
    return Condition(ConditionKind.PILOT, True, Message("%(document)s", {"document": facts.pilot}), cited)


def _filing(facts: LiftFacts, on: date, cited: Citation) -> Condition:
    filing, kind = facts.filing, ConditionKind.FILING
    if filing is None:
        return Condition(kind, False, Message(N_("No approved filing names this lift")), cited)
    if filing.firm_id != facts.firm_id:
        text = Message(N_("The firm that filed it does not maintain it any more"))
        return Condition(kind, False, text, cited)
    if on < filing.from_on:
        text = Message(N_("The filing begins on %(day)s"), {"day": filing.from_on.isoformat()})
        return Condition(kind, False, text, cited)
    last = {"day": filing.last_on.isoformat()}
    if on > filing.last_on:
        return Condition(
            kind, False, Message(N_("The filing ended on %(day)s"), last), cited, filing.last_on + DAY
        )
    return Condition(
        kind, True, Message(N_("In force until %(day)s"), last), cited, ends_on=filing.last_on + DAY
    )


def _basis(facts: LiftFacts, on: date, numbers: OnDemandNumbers) -> Condition:
    """Remote monitoring that reports, remote checks that follow one another, or what a filing of its own
    says."""
    kind = ConditionKind.BASIS
    basis = facts.filing.basis if facts.filing else None
    if basis is OnDemandBasis.IOT:
        return _heartbeat(facts, numbers.heartbeat)
    if basis is OnDemandBasis.REMOTE_CHECK:
        return _remote_checks(facts, on, numbers.check_days)
    if basis is OnDemandBasis.OTHER:
        return Condition(
            kind, True, Message(N_("Another arrangement, as the filing says")), numbers.conditions.citation
        )
    return Condition(
        kind, False, Message(N_("No filing says what stands in for visits")), numbers.conditions.citation
    )


def _heartbeat(facts: LiftFacts, hours: Value) -> Condition:
    kind, most = ConditionKind.BASIS, {"hours": hours.integer}
    if facts.silent_hours is None:
        text = Message(N_("Nobody knows whether its monitor reports: that does not count as reporting"))
        return Condition(kind, False, text, hours.citation)
    if facts.silent_hours > hours.integer:
        stated = {**most, "silent": facts.silent_hours}
        text = Message(N_("Its monitor has been silent for %(silent)s hours (at most %(hours)s)"), stated)
        return Condition(kind, False, text, hours.citation)
    return Condition(
        kind, True, Message(N_("Its monitor has reported in the last %(hours)s hours"), most), hours.citation
    )


def _remote_checks(facts: LiftFacts, on: date, every: Value) -> Condition:
    kind = ConditionKind.BASIS
    looks = [look for look in facts.looks if look.on <= on]
    days = {"days": every.integer}
    if not looks:
        return Condition(
            kind,
            False,
            Message(N_("No remote check is on record (every %(days)s days)"), days),
            every.citation,
        )
    last = looks[-1]
    stated = {**days, "last": last.on.isoformat()}
    if not last.ok:
        text = Message(N_("The remote check of %(last)s found something wrong"), stated)
        return Condition(kind, False, text, every.citation, last.on)
    missed = missed_on((look.on for look in looks), facts.counted_from or last.on, every.integer)
    if missed <= on:
        text = Message(
            N_("A remote check is missing from %(missed)s on (every %(days)s days)"),
            {**stated, "missed": missed.isoformat()},
        )
        return Condition(kind, False, text, every.citation, missed)
    text = Message(N_("Last remote check %(last)s (every %(days)s days)"), stated)
    return Condition(kind, True, text, every.citation, ends_on=missed)


def missed_on(days: Iterable[date], since: date, every: int) -> date:
    """The first day on which a remote check was missing, or will be unless one follows: from the last one
    before `since` on, each must follow the one before within so many days."""
    ordered = sorted(days)
    day = max((one for one in ordered if one <= since), default=since)
    for one in ordered:
        if one <= day:
            continue
        if one > day + timedelta(days=every):
            break
        day = one
    return day + timedelta(days=every) + DAY


def _inspection(facts: LiftFacts, on: date, cited: Citation) -> Condition:
    kind = ConditionKind.INSPECTION
    if failed := facts.inspection_failed_on:
        text = Message(N_("The inspection of %(day)s was not passed"), {"day": failed.isoformat()})
        return Condition(kind, False, text, cited, failed)
    return _until(
        kind, facts.inspection_due_on, on, cited, N_("Nothing tells until when it is inspected"), LICENSED
    )


def _in_use(facts: LiftFacts, cited: Citation) -> Condition:
    if not facts.in_use:
        return Condition(ConditionKind.IN_USE, False, Message(N_("It is not in use, or locked")), cited)
    if since := facts.stop_use_since:
        text = Message(N_("Its use is stopped since %(day)s"), {"day": since.isoformat()})
        return Condition(ConditionKind.IN_USE, False, text, cited, since)
    return Condition(ConditionKind.IN_USE, True, Message(N_("In use")), cited)


def _insurance(facts: LiftFacts, on: date, cited: Citation) -> Condition:
    last = facts.insured_until if facts.insured_until is not None else facts.insured_before
    return _until(
        ConditionKind.INSURANCE, last, on, cited, N_("No policy covers it"), N_("Insured until %(day)s")
    )


def _contract(facts: LiftFacts, on: date, cited: Citation, numbers: OnDemandNumbers) -> Condition:
    """The contract on file; where none is known, what the firm declared in its filing, and that is said."""
    kind, filing = ConditionKind.CONTRACT, facts.filing
    is_remote = filing is not None and filing.basis is OnDemandBasis.REMOTE_CHECK
    cited = numbers.check_days.citation if is_remote else cited
    contract, declared = facts.contract, filing.contract if filing else None
    if contract is None and (filing is None or declared is None):
        return Condition(kind, False, Message(N_("No maintenance contract is on file or declared")), cited)
    what = contract.kind if contract else declared
    until = contract.until_on if contract else filing.contract_until if filing else None
    assert what is not None
    if is_remote and what is not ContractKnown.FULL:
        text = Message(
            N_("Remote checks ask for an all-inclusive contract; this is: %(kind)s"), {"kind": what.label}
        )
        return Condition(kind, False, text, cited)
    stated = {"kind": what.label, "day": until.isoformat() if until else "—"}
    if until is not None and until < on:
        return Condition(
            kind, False, Message(N_("The contract ended on %(day)s"), stated), cited, until + DAY
        )
    wording = (
        N_("%(kind)s, until %(day)s")
        if contract
        else N_("%(kind)s, until %(day)s; as declared in the filing, not checked against a contract")
    )
    return Condition(kind, True, Message(wording, stated), cited, ends_on=until + DAY if until else None)


def _hazard(facts: LiftFacts, cited: Citation) -> Condition:
    if since := facts.hazard_since:
        text = Message(N_("A serious or major hazard is open since %(day)s"), {"day": since.isoformat()})
        return Condition(ConditionKind.HAZARD, False, text, cited, since)
    return Condition(ConditionKind.HAZARD, True, Message(N_("No serious or major hazard is open")), cited)


def _until(
    kind: ConditionKind, last: date | None, on: date, cited: Citation, none: str, valid: str
) -> Condition:
    """Something that holds up to its last day."""
    if last is None:
        return Condition(kind, False, Message(none), cited)
    stated = {"day": last.isoformat()}
    if last < on:
        return Condition(kind, False, Message(N_("Ended on %(day)s"), stated), cited, last + DAY)
    return Condition(kind, True, Message(valid, stated), cited, ends_on=last + DAY)


def names_lift(
    cover: FilingCover, firm_id: UUID, unit_id: UUID | None, area: str, is_listed: bool, lift: PilotLift
) -> bool:
    """Whether a filing names a lift as the register says now."""
    if lift.firm_id != firm_id:
        return False
    match cover:
        case FilingCover.LISTED:
            return is_listed
        case FilingCover.UNIT:
            return unit_id is not None and lift.unit_id == unit_id
        case FilingCover.AREA:
            return lift.area.startswith(area)


@dataclass(frozen=True, slots=True)
class PilotLift:
    """A lift as the register says today who uses and maintains it, and where."""

    firm_id: UUID | None
    unit_id: UUID | None
    area: str
