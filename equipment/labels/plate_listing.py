"""Plates of ours as people look through them: which were made for which lift, which hang, which are out
of date; and the lifts that have none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, select

from equipment.core import clock
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Labelled
from equipment.labels.plate_facts import PLATE_FACTS
from equipment.labels.plates import changes_since
from equipment.people.rules import Action, Thing, Viewer, may
from equipment.people.scope import visible, within
from equipment.register.disclosure import shown_code
from equipment.register.lists import LIVING, filtered
from equipment.register.models import Equipment, Label, LiftPlate, PlateLoss
from equipment.register.naming import called
from equipment.register.plate_conditions import PLATED, condition, conditions_of, is_foreign, wants_ours
from equipment.register.plates import PlateRights, open_loss
from equipment.register.queries import pieces
from equipment.register.rules import READABLE, LabelStatus, PlateCondition, PrintState
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

AT_A_TIME = 500  # plates compared with the register at once
COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Lift"), 34),
    (N_("Code"), 20),
    (N_("State"), 14),
    (N_("Size"), 16),
    (N_("Plate made"), 17),
    (N_("Hung"), 17),
    (N_("Metres from the lift"), 12),
    (N_("Out of date"), 60),
)


class PlateStand(Labelled):
    """Where a plate of ours is."""

    TO_PRINT = "to_print", N_("To print"), "grey"
    TO_HANG = "to_hang", N_("Printed, to be hung"), "amber"
    HUNG = "hung", N_("Hangs at the lift"), "green"
    LOST = "lost", N_("Lost"), "amber"
    DAMAGED = "damaged", N_("Damaged"), "amber"
    ENDED = "ended", N_("Replaced or void"), "grey"


_PRINTED = Label.print_state.in_((PrintState.DRAWN, PrintState.PRINTED))
WHERE: Mapping[PlateStand, ColumnElement[bool]] = {
    PlateStand.TO_PRINT: and_(Label.status == LabelStatus.ISSUED, ~_PRINTED),
    PlateStand.TO_HANG: and_(Label.status == LabelStatus.ISSUED, _PRINTED),
    PlateStand.HUNG: Label.status == LabelStatus.BOUND,
    PlateStand.LOST: Label.status == LabelStatus.LOST,
    PlateStand.DAMAGED: Label.status == LabelStatus.DAMAGED,
    PlateStand.ENDED: Label.status.in_((LabelStatus.REPLACED, LabelStatus.VOID)),
}
OUTDATED = "outdated"  # 需换牌, among the states of a list


@dataclass(frozen=True, slots=True)
class PlateFace:
    """标牌状况 of a lift as its page shows it, and what its reader may do about it."""

    condition: PlateCondition
    loss: PlateLoss | None
    ours: Sequence[ListedPlate]
    may_report: bool
    may_make: bool
    may_hang: bool


@dataclass(frozen=True, slots=True)
class ListedPlate:
    """A plate with its lift, where it is, and what on it is true no more: (fact, printed, now)."""

    record: LiftPlate
    lift: Equipment
    stand: PlateStand
    code: str
    changed: Sequence[tuple[str, str, str]]

    @property
    def name(self) -> str:
        return called(self.lift)


def plates(viewer: Viewer, filters: Mapping[str, str]) -> Select[LiftPlate]:
    """The plates behind the filters of a list."""
    rows = visible(viewer, LiftPlate).join(Label, Label.code == LiftPlate.code)
    state = filters.get("state", "")
    if state in set(PlateStand):
        rows = rows.where(WHERE[PlateStand(state)])
    if state == OUTDATED:
        rows = rows.where(LiftPlate.code.in_(outdated_codes(viewer)))
    if filters.get("batch"):
        rows = rows.where(LiftPlate.batch_id == (id_in(filters["batch"]) or NOBODY))
    if filters.get("lift"):
        rows = rows.where(LiftPlate.equipment_id == (id_in(filters["lift"]) or NOBODY))
    if filters.get("area", "").isdecimal():
        lifts = select(Equipment.id).where(within(Equipment.area, filters["area"]))
        rows = rows.where(LiftPlate.equipment_id.in_(lifts))
    return rows


def outdated_codes(viewer: Viewer) -> list[str]:
    """需换牌: the plates that hang and no more say what the register says, found by comparing all of them."""
    hung = visible(viewer, LiftPlate).join(Label, Label.code == LiftPlate.code).where(WHERE[PlateStand.HUNG])
    rows = session.scalars(hung.order_by(LiftPlate.code)).all()
    codes: list[str] = []
    for start in range(0, len(rows), AT_A_TIME):
        changes = changes_since(rows[start : start + AT_A_TIME])
        codes += [code for code, changed in changes.items() if changed]
    return codes


def listed_plates(viewer: Viewer, rows: Sequence[LiftPlate]) -> list[ListedPlate]:
    lifts = {lift.id: lift for lift in pieces(viewer, {row.equipment_id for row in rows})}
    codes = [row.code for row in rows]
    labels = {label.code: label for label in session.scalars(select(Label).where(Label.code.in_(codes)))}
    changes = changes_since([row for row in rows if labels[row.code].status == LabelStatus.BOUND])
    return [
        ListedPlate(
            row,
            lifts[row.equipment_id],
            stand_of(labels[row.code]),
            shown_code(viewer, row.code),
            [(PLATE_FACTS[key], *pair) for key, pair in changes.get(row.code, {}).items()],
        )
        for row in rows
        if row.equipment_id in lifts
    ]


def plate_face(viewer: Viewer, lift: Equipment) -> PlateFace:
    now = conditions_of([lift.id])[lift.id]
    rights = PlateRights.of(viewer, lift)
    answers = (rights.bind or rights.propose) and lift.status in LIVING
    rows = session.scalars(plates(viewer, {"lift": str(lift.id)}).order_by(LiftPlate.made_at.desc())).all()
    ours = [row for row in listed_plates(viewer, rows) if row.stand is not PlateStand.ENDED]
    stale = any(row.changed for row in ours)
    waits = any(row.stand in (PlateStand.TO_PRINT, PlateStand.TO_HANG) for row in ours)
    wanted = (wants_ours(now) or (now is PlateCondition.OURS and stale)) and not waits
    return PlateFace(
        now,
        open_loss(lift.id),
        ours,
        answers and now is PlateCondition.FOREIGN,
        may(viewer, Action.CREATE, Thing.LABEL) and wanted and lift.status in LIVING,
        answers and any(row.stand is PlateStand.TO_HANG for row in ours),
    )


def stand_of(label: Label) -> PlateStand:
    if label.status == LabelStatus.ISSUED:
        printed = label.print_state in (PrintState.DRAWN, PrintState.PRINTED)
        return PlateStand.TO_HANG if printed else PlateStand.TO_PRINT
    return {
        LabelStatus.BOUND: PlateStand.HUNG,
        LabelStatus.LOST: PlateStand.LOST,
        LabelStatus.DAMAGED: PlateStand.DAMAGED,
    }.get(LabelStatus(label.status), PlateStand.ENDED)


def lifts_to_plate(viewer: Viewer, filters: Mapping[str, str]) -> Select[Equipment]:
    """The lifts that a plate of ours may be made for: none can be read there, and none waits to be hung;
    those whose plate of ours is out of date only where they are asked for."""
    passed_on = {name: filters[name] for name in ("q", "area", "use_unit", "firm") if filters.get(name)}
    rows = filtered(viewer, passed_on).where(Equipment.category.in_(PLATED), Equipment.status.in_(LIVING))
    waiting = (
        select(LiftPlate.equipment_id)
        .join(Label, Label.code == LiftPlate.code)
        .where(LiftPlate.equipment_id == Equipment.id, Label.status == LabelStatus.ISSUED)
    )
    rows = rows.where(~is_foreign(Equipment.id), ~waiting.exists())
    why = filters.get("why", "")
    if why == OUTDATED:
        hung = select(LiftPlate.equipment_id).where(LiftPlate.code.in_(outdated_codes(viewer)))
        return rows.where(Equipment.id.in_(hung))
    if why in set(PlateCondition) and why not in READABLE:
        return rows.where(condition(Equipment.id) == why)
    return rows.where(condition(Equipment.id).not_in([str(state) for state in READABLE]))


def plate_table(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Table:
    """The rows behind the filters of the list of plates, as people read them."""
    columns = [TableColumn(say(name), width) for name, width in COLUMNS]
    return Table(say(N_("Plates of ours")), columns, _rows(viewer, filters, say))


def _rows(viewer: Viewer, filters: Mapping[str, str], say: Say) -> Iterator[list[object]]:
    for part in in_parts(plates(viewer, filters), LiftPlate.made_at.desc(), LiftPlate.code):
        for row in listed_plates(viewer, part):
            plate = row.record
            yield [
                row.name,
                row.code,
                say(row.stand.label),
                plate.size.removeprefix("plate-"),
                clock.site_time(plate.made_at).strftime("%Y-%m-%d %H:%M"),
                clock.site_time(plate.hung_at).strftime("%Y-%m-%d %H:%M") if plate.hung_at else "",
                plate.distance_m,
                "；".join(
                    f"{say(label)}：{before or '—'} → {now or '—'}" for label, before, now in row.changed
                ),
            ]


def lift_ids(viewer: Viewer, filters: Mapping[str, str], most: int) -> list[UUID]:
    """The lifts of a whole list, in the order in which their plates are numbered; one more than `most` says
    that there are too many."""
    rows = lifts_to_plate(viewer, filters).order_by(None).with_only_columns(Equipment.id)
    return list(
        session.scalars(rows.order_by(Equipment.area, Equipment.address, Equipment.id).limit(most + 1))
    )
