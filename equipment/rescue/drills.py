"""应急演练: recorded by a firm at a lift, by a filling station or a use unit; corrected by a record that replaces
it; and when the next is due."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import Select, func

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Message
from equipment.dues.kinds import FirstDays, OrganisationDuty
from equipment.dues.organisations import plan_of
from equipment.files import store
from equipment.files.actions import About, StoredDocument, attach
from equipment.ledger import actions as ledger
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import seen, visible, within
from equipment.register.lists import LIVING
from equipment.register.models import Equipment
from equipment.register.queries import piece
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules
from equipment.regulation.rescue_numbers import drill_months, station_drill_months
from equipment.rescue.models import Drill
from equipment.rescue.platform import LIFT
from equipment.rescue.rules import DRILLED, LIFTS, DrillClock, DrillKind, RescueDueKind, Scenario, next_drill
from equipment.storage.columns import Sorts
from equipment.storage.db import session

SORTS: Sorts = {"on": (Drill.on, Drill.id), "number": (Drill.number, Drill.id)}
AFTER, CYLINDER = "drill:", "cylinder"
COUNTED = N_("%(months)s months after the drill of %(day)s")
FIRST = N_("%(months)s months after %(day)s, since when the system knows that such lifts are maintained")
FIRST_OF_STATION = N_("%(months)s months after %(day)s, since when the system knows the station")
WHO_RECORDS = N_("Whoever held a drill records it: a maintenance firm, a filling station or a use unit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrillDraft:
    """What is entered of a drill; with `replaces` and `reason` it corrects an earlier record."""

    equipment_id: UUID | None
    on: date
    place: str
    scenario: Scenario
    classes: Sequence[str]
    people: str
    people_count: int
    moments: DrillClock
    unit_took_part: bool
    unit_people: str = ""
    story: str = ""
    shortcomings: str = ""
    improvements: str = ""
    replaces: UUID | None = None
    reason: str = ""


def months_between(on: date) -> Value:
    """How often a kind of lift is drilled, with its citation."""
    return drill_months(rules(LIFT), on)


def months_of(kind: OrganisationKind | None, on: date) -> Value | None:
    """How often an organisation of this kind drills; None where no text that was read says it."""
    if kind is OrganisationKind.STATION:
        return station_drill_months(rules(CYLINDER), on)
    return months_between(on) if kind is OrganisationKind.FIRM else None


def record(key: UUID, draft: DrillDraft, photos: Sequence[StoredDocument], *, by: Viewer) -> Drill:
    """Enter a drill of one's own organisation. The same form sent again is the record that is there."""
    owner, kind = by.organisation_id, by.organisation_kind
    if owner is None or kind not in DRILLED or not may(by, Action.CREATE, Thing.DRILL):
        raise NotAllowed(WHO_RECORDS)
    subject = ledger.subject_of("organisation", owner)
    ledger.locked_heads(session.connection(), [subject])
    there = session.scalar(visible(SYSTEM, Drill).where(Drill.id == key))
    if there is not None:
        return seen(by, Drill, there.id)
    at = piece(by, draft.equipment_id) if draft.equipment_id else None
    _check(draft, at, owner, kind)
    former = _former(draft, by)
    drill = Drill(
        organisation_id=owner,
        id=key,
        number=_next_number(owner, draft.on),
        equipment_id=at.id if at else None,
        area=at.area if at else session.get_one(Organisation, owner).area,
        category=at.category if at else "",
        use_unit_id=at.use_unit_id if at else None,
        on=draft.on,
        place=draft.place.strip(),
        scenario=draft.scenario,
        classes=sorted(set(draft.classes)),
        people=draft.people.strip(),
        people_count=draft.people_count,
        called_at=draft.moments.called_at,
        arrived_at=draft.moments.arrived_at,
        released_at=draft.moments.released_at,
        unit_took_part=draft.unit_took_part,
        unit_people=draft.unit_people.strip() if draft.unit_took_part else "",
        story=draft.story.strip(),
        shortcomings=draft.shortcomings.strip(),
        improvements=draft.improvements.strip(),
        photos=[photo.content.sha256 for photo in photos],
        recorded_by=by.user_id,
        recorded_at=clock.now(),
        replaces_id=former.id if former else None,
        reason=draft.reason.strip() if former else "",
        superseded=False,
    )
    session.add(drill)
    stored = [store.name(photo.content) for photo in photos]
    if at is not None:  # they belong to the life of the piece too
        for photo in photos:
            attach(About(at.id, at.area, at.category, "drill", key), photo, by=by)
    ledger.record(
        session(),
        subject,
        "drill.corrected" if former else "drill.recorded",
        actor=by.actor,
        payload={"drill": key, "number": drill.number, "on": drill.on, "classes": drill.classes},
        rows=[drill, *([former] if former else []), *stored],
    )
    plan_of([owner], clock.today(), by=by)
    return drill


def _former(draft: DrillDraft, by: Viewer) -> Drill | None:
    """The record that this one replaces, marked as such."""
    if draft.replaces is None:
        return None
    former = seen(by, Drill, draft.replaces)
    if former.organisation_id != by.organisation_id:
        raise NotAllowed(WHO_RECORDS)
    if former.superseded:
        raise Conflict({"": N_("This record was corrected already: correct the newer one.")})
    if not draft.reason.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    former.superseded = True
    return former


def _check(draft: DrillDraft, at: Equipment | None, owner: UUID, kind: OrganisationKind) -> None:
    """Everything that is wrong with a record, by field."""
    wrong: dict[str, str | Message] = {}
    if kind is OrganisationKind.FIRM:
        if at is None or at.category != LIFT or (at.maintenance_firm_id != owner and draft.replaces is None):
            wrong["equipment_id"] = N_("Choose a lift that your firm maintains.")
    elif at is not None and at.use_unit_id != owner and draft.replaces is None:
        wrong["equipment_id"] = N_("Choose a piece of your own unit.")
    if draft.on > clock.today():
        wrong["on"] = N_("This day has not come yet.")
    elif at is not None and at.made_on and draft.on < at.made_on:
        text = N_("This is before the piece was made (%(made)s).")
        wrong["on"] = Message(text, {"made": at.made_on.isoformat()})
    if not draft.classes or not set(draft.classes) <= set(DRILLED[kind]):
        wrong["classes"] = N_("Tick at least one kind of lift.")
    if not draft.people.strip():
        wrong["people"] = N_("Name who took part.")
    if draft.people_count < 1:
        wrong["people_count"] = N_("At least one person took part.")
    if not draft.place.strip():
        wrong["place"] = N_("This is needed.")
    if not draft.moments.is_in_order:
        wrong["released_at"] = N_("Call, arrival and release follow one another.")
    elif any(at and at > clock.now() for at in (draft.moments.called_at, draft.moments.released_at)):
        wrong["released_at"] = N_("This time has not come yet.")
    if draft.unit_took_part and not draft.unit_people.strip():
        wrong["unit_people"] = N_("Name who of the use unit took part.")
    if draft.shortcomings.strip() and not draft.improvements.strip():
        wrong["improvements"] = N_("Say what is done about the shortcomings.")
    if wrong:
        raise Invalid(wrong)


def _next_number(owner: UUID, on: date) -> str:
    """The next number of the year among the drills of an organisation, whose chain the caller holds."""
    begins = f"{on.year}-"
    numbered = visible(SYSTEM, Drill).where(Drill.organisation_id == owner, Drill.number.startswith(begins))
    last = session.scalar(numbered.with_only_columns(func.max(Drill.number)))
    return f"{begins}{int(last.removeprefix(begins)) + 1 if last else 1:04}"


def drills(viewer: Viewer, filters: Mapping[str, str]) -> Select[Drill]:
    """Records that count, with these filters of the address bar: `firm` (whose), `of` (kind of organisation),
    `area`, `scenario` and days; with `all` those that were corrected too."""
    listed = visible(viewer, Drill)
    if not filters.get("all"):
        listed = listed.where(Drill.superseded.is_(False))
    if filters.get("firm"):
        listed = listed.where(Drill.organisation_id == (id_in(filters["firm"]) or NOBODY))
    if filters.get("of") in set(DRILLED):
        of_kind = visible(SYSTEM, Organisation).where(Organisation.kind == filters["of"])
        listed = listed.where(Drill.organisation_id.in_(of_kind.with_only_columns(Organisation.id)))
    if filters.get("area", "").isdecimal():
        listed = listed.where(within(Drill.area, filters["area"]))
    if filters.get("scenario") in set(Scenario):
        listed = listed.where(Drill.scenario == filters["scenario"])
    since, until = day_in(filters.get("on_from", "")), day_in(filters.get("on_until", ""))
    if since:
        listed = listed.where(Drill.on >= since)
    return listed.where(Drill.on <= until) if until else listed


def is_of_lifts(drill: Drill) -> bool:
    """Whether a firm held it for kinds of lift: call, arrival and release are those of a rescue."""
    return bool(LIFTS & set(drill.classes))


def successor_of(drill: Drill) -> Drill | None:
    """The record that replaced this one."""
    return session.scalar(visible(SYSTEM, Drill).where(Drill.replaces_id == drill.id))


def own_pieces(by: Viewer) -> Sequence[Equipment]:
    """The pieces that a drill can be held at: the lifts that a firm maintains, what a use unit runs but for
    its bottles; a station drills as a whole."""
    if by.organisation_kind is OrganisationKind.FIRM:
        own = (Equipment.category == LIFT, Equipment.maintenance_firm_id == by.organisation_id)
    elif by.organisation_kind is OrganisationKind.USE_UNIT:
        own = (Equipment.category != CYLINDER, Equipment.use_unit_id == by.organisation_id)
    else:
        return []
    pieces = visible(by, Equipment).where(*own, Equipment.status.in_(LIVING))
    return session.scalars(pieces.order_by(Equipment.address, Equipment.name, Equipment.id).limit(2000)).all()


def drill_plan(
    organisations: Sequence[Organisation], on: date, first: FirstDays
) -> Mapping[UUID, Sequence[OrganisationDuty]]:
    """One duty for each kind of lift that a firm maintains, and one for a filling station, counted from the
    last drill of that kind. The first counts from the day since which the system knows: nobody begins years
    overdue."""
    kinds_of = _maintained([one.id for one in organisations if one.kind == OrganisationKind.FIRM])
    kinds_of |= {one.id: [DrillKind.STATION] for one in organisations if one.kind == OrganisationKind.STATION}
    held = _last_drills(list(kinds_of))
    of_lift, of_station = months_between(on), station_drill_months(rules(CYLINDER), on)
    return {
        key: [
            _duty(key, kind, held.get((key, kind)), on, first, of_lift if kind in LIFTS else of_station)
            for kind in kinds
        ]
        for key, kinds in kinds_of.items()
    }


def _duty(
    owner: UUID, kind: DrillKind, last: Drill | None, on: date, first: FirstDays, every: Value
) -> OrganisationDuty:
    known_on = first.get((owner, str(RescueDueKind.DRILL), str(kind)), on)
    begins, due_on = next_drill(last.on if last else None, known_on, every.integer)
    text = COUNTED if last else FIRST if kind in LIFTS else FIRST_OF_STATION
    return OrganisationDuty(
        kind=RescueDueKind.DRILL,
        subject=str(kind),
        title=kind.label,
        due_on=due_on,
        counted_from=begins,
        citation=every.citation,
        explanation=Message(text, {"months": every.integer, "day": begins.isoformat()}),
        after=f"{AFTER}{last.id}" if last else "",
    )


def _maintained(firms: Sequence[UUID]) -> dict[UUID, list[DrillKind]]:
    """The kinds of lift that each firm maintains now."""
    kind = func.substr(Equipment.catalogue_code, 1, 2).label("kind")
    rows = session.execute(
        visible(SYSTEM, Equipment)
        .where(
            Equipment.category == LIFT, Equipment.maintenance_firm_id.in_(firms), Equipment.status.in_(LIVING)
        )
        .with_only_columns(Equipment.maintenance_firm_id, kind)
        .distinct()
    )
    found: dict[UUID, list[DrillKind]] = defaultdict(list)
    for firm, code in sorted(rows, key=lambda row: (str(row[0]), row[1])):
        if firm is not None and code in LIFTS:
            found[firm].append(DrillKind(code))
    return found


def _last_drills(owners: Sequence[UUID]) -> dict[tuple[UUID, DrillKind], Drill]:
    """The last drill that counts of each organisation and kind."""
    rows = visible(SYSTEM, Drill).where(Drill.organisation_id.in_(owners), Drill.superseded.is_(False))
    found = {}
    for drill in session.scalars(rows.order_by(Drill.on, Drill.recorded_at)):
        for code in drill.classes:
            found[(drill.organisation_id, DrillKind(code))] = drill
    return found
