"""事故报告: first told (初报), told again when more is known (续报), corrected (更正). Nothing said before is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from uuid import UUID

from equipment.accidents import log
from equipment.accidents.duties import told_at_once
from equipment.accidents.models import Accident, AccidentStatement
from equipment.accidents.queries import accidents_like, last_number
from equipment.accidents.rules import (
    COUNTY_CODE,
    AccidentFacts,
    facts_problems,
    follow_up_until,
    office_of,
    report_clock,
)
from equipment.accidents.states import (
    OPEN,
    AccidentSource,
    AccidentState,
    Office,
    ReportVerdict,
    StatementKind,
)
from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files.actions import StoredDocument
from equipment.people.queries import areas_below
from equipment.people.rules import OrganisationKind, Viewer
from equipment.register.hooks import urgent
from equipment.register.models import Equipment
from equipment.register.rules import EquipmentStatus
from equipment.regulation.accident_numbers import follow_up_within, same_accident_within, unit_reports_within
from equipment.regulation.categories import CATEGORIES
from equipment.storage.db import session

UNITS = (OrganisationKind.USE_UNIT, OrganisationKind.STATION)
SCRAPPED = N_(
    "On file this piece is “%(state)s”. If the accident did happen with it, tick below and send again."
)
AGAIN = N_(
    "An accident of this piece at %(at)s was reported already. If this is another one, tick below "
    "and send again."
)
CALLED = N_("This rescue call was reported as an accident already.")


@dataclass(frozen=True, slots=True, kw_only=True)
class AccidentDraft:
    """An accident as it is told: at a piece, or at a place in an area with what kind of thing it was."""

    id: UUID
    facts: AccidentFacts
    source: AccidentSource
    equipment: Equipment | None = None
    area: str = ""
    category: str = ""
    unit_id: UUID | None = None
    unit_name: str = ""
    call_id: UUID | None = None
    sure: bool = False  # looked at what was asked: another accident, a piece that is scrapped on file


def report(draft: AccidentDraft, photos: Sequence[StoredDocument] = (), *, by: Viewer) -> Accident:
    """初报. The bureau hears of it in the minute."""
    facts, piece, now = draft.facts, draft.equipment, clock.now()
    problems = {**_place_problems(draft), **facts_problems(facts, now)}
    if problems:
        raise Invalid(problems)
    before = session.get(Accident, draft.id)
    if before is not None:  # sent twice
        return before
    if not draft.sure:
        _ask(draft)
    accident = Accident(
        id=draft.id,
        organisation_id=by.organisation_id,
        reported_by=by.user_id,
        source=draft.source,
        call_id=draft.call_id,
        equipment_id=piece.id if piece else None,
        category=piece.category if piece else draft.category,
        area=piece.area if piece else draft.area,
        unit_id=(piece.use_unit_id or piece.owner_id) if piece else _unit(draft, by),
        unit_name=draft.unit_name.strip()[:120],
        firm_id=piece.maintenance_firm_id if piece else None,
        received_at=now,
        limit_min=unit_reports_within(clock.today()).integer,
        state=AccidentState.REPORTED,
        team=[],
    )
    city = by.oversees and office_of(by.area) is Office.CITY
    accident.office = Office.CITY if city or len(accident.area) < COUNTY_CODE else Office.COUNTY
    _take(accident, facts)
    session.add(accident)
    statement = _state(accident, StatementKind.FIRST, facts, "", by)
    files = log.keep_files(accident, statement.id, photos, by)
    log.record(accident, "accident.reported", by, statement, *files, source=draft.source, call=draft.call_id)
    urgent(told_at_once(accident, piece))
    return accident


def follow_up(
    accident: Accident, facts: AccidentFacts, photos: Sequence[StoredDocument] = (), *, by: Viewer
) -> AccidentStatement:
    """续报: what has changed since, each time with everything that is known then."""
    log.locked(accident)
    must_answer(accident, by)
    log.must_be(accident, *OPEN)
    return _again(accident, StatementKind.FOLLOW_UP, facts, "", photos, by)


def correct(
    accident: Accident,
    facts: AccidentFacts,
    reason: str,
    photos: Sequence[StoredDocument] = (),
    *,
    by: Viewer,
) -> AccidentStatement:
    """更正: what was said was wrong. After closing only the bureau corrects."""
    log.locked(accident)
    must_answer(accident, by)
    if accident.state is AccidentState.CLOSED and not by.oversees:
        raise NotAllowed(N_("The accident is closed: the bureau corrects it."))
    if not reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return _again(accident, StatementKind.CORRECTION, facts, reason.strip(), photos, by)


def must_answer(accident: Accident, by: Viewer) -> None:
    """The unit it happened at, whoever reported it, and the bureau speak of an accident; the firm that only
    maintains the piece does not."""
    if not by.oversees and by.organisation_id not in (accident.unit_id, accident.organisation_id):
        raise NotAllowed(N_("The unit it happened at, or whoever reported it, and the bureau do this."))


def facts_of(accident: Accident) -> AccidentFacts:
    """What is known now."""
    return AccidentFacts(**{name: getattr(accident, name) for name in AccidentFacts.__dataclass_fields__})


def _again(
    accident: Accident,
    kind: StatementKind,
    facts: AccidentFacts,
    reason: str,
    photos: Sequence[StoredDocument],
    by: Viewer,
) -> AccidentStatement:
    if problems := facts_problems(facts, clock.now()):
        raise Invalid(problems)
    was = facts_of(accident)
    changed = {
        name: getattr(was, name) for name, value in asdict(facts).items() if getattr(was, name) != value
    }
    if not changed and not photos:
        raise Invalid({"": N_("Nothing is different from what was said before.")})
    _take(accident, facts)
    statement = _state(accident, kind, facts, reason, by)
    files = log.keep_files(accident, statement.id, photos, by)
    more = {"was": changed, **({"reason": reason} if reason else {})}
    log.record(accident, f"accident.{kind}", by, statement, *files, **more)
    return statement


def _take(accident: Accident, facts: AccidentFacts) -> None:
    """The accident is as these facts say, with its hour judged."""
    for name, value in asdict(facts).items():
        setattr(accident, name, value.strip() if isinstance(value, str) else value)
    accident.place = accident.place[:200]
    accident.on = clock.site_day(facts.happened_at)
    accident.follow_up_until = follow_up_until(accident.on, follow_up_within(accident.on).integer)
    hour = report_clock(facts.known_at, accident.limit_min, facts.reported_at, clock.now())
    accident.in_time = None if hour.since is None else hour.verdict is ReportVerdict.ON_TIME


def _state(
    accident: Accident, kind: StatementKind, facts: AccidentFacts, reason: str, by: Viewer
) -> AccidentStatement:
    statement = AccidentStatement(
        id=new_id(),
        accident_id=accident.id,
        number=last_number(accident.id) + 1,
        kind=kind,
        reason=reason[:300],
        late=clock.today() > accident.follow_up_until,
        stated_at=clock.now(),
        stated_by=by.user_id,
        organisation_id=by.organisation_id,
        **{name: getattr(accident, name) for name in asdict(facts)},
    )
    session.add(statement)
    return statement


def _unit(draft: AccidentDraft, by: Viewer) -> UUID | None:
    if draft.unit_id is None and by.organisation_kind in UNITS:
        return by.organisation_id
    return draft.unit_id


def _place_problems(draft: AccidentDraft) -> dict[str, Message | str]:
    """Without a piece somebody says where it was and what kind of thing."""
    if draft.equipment is not None:
        return {}
    problems: dict[str, Message | str] = {}
    if not draft.facts.place.strip():
        problems["place"] = N_("Say where it happened.")
    if draft.category not in {category.key for category in CATEGORIES}:
        problems["category"] = N_("Choose what kind of equipment it was.")
    if draft.area not in {area.code for area in areas_below("")}:
        problems["area"] = N_("Choose the area where it happened.")
    return problems


def _ask(draft: AccidentDraft) -> None:
    """What a person looks at first: a call that was reported, the same piece within the hour, a scrapped
    one."""
    if draft.call_id is not None and accidents_like(call_id=draft.call_id):
        raise Conflict({"sure": CALLED})
    if draft.equipment is None:
        return
    at = draft.facts.happened_at
    near = timedelta(minutes=same_accident_within(clock.today()).integer)
    like = accidents_like(equipment_id=draft.equipment.id, since=at - near, until=at + near)
    if like:
        at_text = f"{clock.site_time(like[0].happened_at):%Y-%m-%d %H:%M}"
        raise Conflict({"sure": Message(AGAIN, {"at": at_text})})
    status = EquipmentStatus(draft.equipment.status)
    if status in (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED):
        raise Invalid({"sure": Message(SCRAPPED, {"state": status.label})})
