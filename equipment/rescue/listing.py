"""How cover, duty phones and drills leave as tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.filters import names_of
from equipment.people.rules import Viewer
from equipment.register.lists import area_names
from equipment.register.naming import called, numbers_of
from equipment.register.queries import pieces
from equipment.rescue.contacts import FIRM, serving
from equipment.rescue.coverage import BY_PLACE, definition, lift_rows, vertical_lifts
from equipment.rescue.drills import drills
from equipment.rescue.models import Drill, DutyPhone
from equipment.rescue.phones import duty_phones, states_of
from equipment.rescue.rules import DrillKind, spelt_phone
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

LIFT_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Rescue code"), 12, "text"),
    (N_("Lift"), 24, "text"),
    (N_("Equipment code"), 24, "text"),
    (N_("Area"), 16, "text"),
    (N_("Address"), 34, "text"),
    (N_("Use unit"), 28, "text"),
    (N_("Maintenance firm"), 28, "text"),
    (N_("Duty phone of the firm"), 18, "text"),
    (N_("What is missing"), 44, "text"),
)
PHONE_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Organisation"), 30, "text"),
    (N_("Telephone number"), 18, "text"),
    (N_("Hours or shift"), 16, "text"),
    (N_("Status"), 20, "text"),
    (N_("Confirmed on"), 12, "day"),
    (N_("To be confirmed by"), 12, "day"),
)
DRILL_COLUMNS: tuple[tuple[str, int, str], ...] = (
    (N_("Record number"), 12, "text"),
    (N_("Held by"), 28, "text"),
    (N_("Held on"), 12, "day"),
    (N_("Equipment"), 24, "text"),
    (N_("Place of the drill"), 30, "text"),
    (N_("Held for"), 30, "text"),
    (N_("What was played"), 18, "text"),
    (N_("Number of people"), 8, "number"),
    (N_("Minutes until arrival"), 8, "number"),
    (N_("Minutes until release"), 8, "number"),
    (N_("The use unit took part"), 10, "text"),
    (N_("What went wrong"), 30, "text"),
    (N_("What is done about it"), 30, "text"),
)


def _columns(stated: tuple[tuple[str, int, str], ...], say: Say) -> list[TableColumn]:
    return [TableColumn(say(name), width, kind) for name, width, kind in stated]


def lift_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The lifts behind the filters of the list of cover, each with all that it lacks."""
    meaning = definition(clock.today())

    def cells() -> Iterator[tuple[object, ...]]:
        for part in in_parts(vertical_lifts(viewer, filters, meaning), *BY_PLACE):
            rows = lift_rows(part, meaning)
            lifts = [row.equipment for row in rows]
            names = names_of(
                {key for one in lifts for key in (one.use_unit_id, one.maintenance_firm_id) if key}
            )
            areas, phones = area_names(one.area for one in lifts), serving(lifts, FIRM)
            numbers = numbers_of(one.id for one in lifts)
            for row in rows:
                one, phone = row.equipment, phones.get(row.id)
                yield (
                    row.code,
                    called(one),
                    numbers.get(row.id, ""),
                    areas.get(one.area, one.area),
                    one.address,
                    names.get(one.use_unit_id, "") if one.use_unit_id else "",
                    names.get(one.maintenance_firm_id, "") if one.maintenance_firm_id else "",
                    spelt_phone(phone.digits) if phone else "",
                    "；".join(say(lack.label) for lack in row.lacking),
                )

    return Table(say(N_("Lifts on the rescue platform")), _columns(LIFT_COLUMNS, say), cells())


def phone_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """Duty phones; who has them stays with their organisation."""
    on = clock.today()

    def cells() -> Iterator[tuple[object, ...]]:
        for part in in_parts(duty_phones(viewer, filters, on), DutyPhone.confirm_by, DutyPhone.id):
            names, states = names_of({row.organisation_id for row in part}), states_of(part, on)
            for row in part:
                yield (
                    names.get(row.organisation_id, ""),
                    spelt_phone(row.digits),
                    row.shift,
                    say(states[row.id].label),
                    row.confirmed_on,
                    row.confirm_by,
                )

    return Table(say(N_("Duty phones")), _columns(PHONE_COLUMNS, say), cells())


def drill_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """Records of drills; people are named in the record alone."""

    def cells() -> Iterator[tuple[object, ...]]:
        for part in in_parts(drills(viewer, filters), Drill.on.desc(), Drill.id):
            names = names_of({row.organisation_id for row in part})
            keys = {row.equipment_id for row in part if row.equipment_id}
            places = {one.id: one for one in pieces(viewer, keys)}
            for row in part:
                place = places.get(row.equipment_id) if row.equipment_id else None
                yield (
                    row.number,
                    names.get(row.organisation_id, ""),
                    row.on,
                    called(place) if place else "",
                    row.place,
                    "、".join(say(DrillKind(code).label) for code in row.classes),
                    say(row.scenario.label),
                    row.people_count,
                    row.clock.arrival_minutes,
                    row.clock.release_minutes,
                    say(N_("Yes")) if row.unit_took_part else say(N_("No")),
                    row.shortcomings,
                    row.improvements,
                )

    return Table(say(N_("Emergency drills")), _columns(DRILL_COLUMNS, say), cells())
