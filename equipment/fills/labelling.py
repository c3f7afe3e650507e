"""合格证: what a station sets, which filled bottles have their label, and putting labels on record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Select, exists, select

from equipment.core import clock
from equipment.core.days import day_in
from equipment.core.errors import Conflict, Invalid
from equipment.core.ids import NOBODY, id_in
from equipment.core.words import N_, Message
from equipment.fills import queries
from equipment.fills.label_rules import LabelLayout, LabelMode, following, is_number
from equipment.fills.models import Fill, FillLabel, FillLabelSetting
from equipment.fills.states import FillState
from equipment.ledger.actions import locked_heads, record, subject_of
from equipment.people.rules import Viewer
from equipment.people.scope import in_scope, visible
from equipment.storage.db import session

MOST = 500  # labels of one press


class LabelPlan(NamedTuple):
    """How a station labels its bottles, and the number that comes next on its roll."""

    mode: LabelMode
    layout: LabelLayout
    next_number: str


def label_plan(viewer: Viewer) -> LabelPlan | None:
    """None where the station has set nothing."""
    setting = session.scalar(
        visible(viewer, FillLabelSetting).where(FillLabelSetting.organisation_id == viewer.organisation_id)
    )
    if setting is None:
        return None
    mode = LabelMode(setting.mode)
    number = _next_number(viewer, setting) if mode is LabelMode.PREPRINTED else ""
    return LabelPlan(mode, LabelLayout(setting.layout), number)


def _next_number(viewer: Viewer, setting: FillLabelSetting) -> str:
    last = session.scalar(
        visible(viewer, FillLabel)
        .where(
            FillLabel.organisation_id == setting.organisation_id,
            FillLabel.mode == LabelMode.PREPRINTED,
            FillLabel.at >= setting.changed_at,
        )
        .order_by(FillLabel.at.desc(), FillLabel.number.desc())
        .limit(1)
        .with_only_columns(FillLabel.number)
    )
    return following(last) if last else setting.first_number


def set_up_labels(mode: LabelMode, layout: LabelLayout, first_number: str, *, by: Viewer) -> FillLabelSetting:
    """The station's choice; a new roll begins with its first number."""
    assert by.organisation_id is not None
    first_number = first_number.strip().upper()
    if mode is LabelMode.PREPRINTED and not is_number(first_number):
        raise Invalid({"first_number": N_("The first number of the roll ends in digits, such as A000123.")})
    setting = session.get(FillLabelSetting, by.organisation_id)
    if setting is None:
        setting = FillLabelSetting(organisation_id=by.organisation_id)
        session.add(setting)
    setting.mode, setting.layout = mode, layout
    setting.first_number = first_number if mode is LabelMode.PREPRINTED else ""
    setting.changed_at, setting.changed_by = clock.now(), by.user_id
    record(
        session(),
        subject_of("organisation", by.organisation_id),
        "fill_labels.set",
        actor=by.actor,
        payload={"mode": str(mode), "layout": str(layout), "first_number": setting.first_number},
        rows=[setting],
    )
    return setting


def filled(viewer: Viewer, filters: Mapping[str, str]) -> Select[Fill]:
    """The filled bottles of this station of a day or a manifold, by bay, with or without their label; a
    bundle (集格) has one, its cylinders have none."""
    fills = queries.at_station(viewer).where(Fill.state == FillState.FILLED, Fill.bundle_fill_id.is_(None))
    if filters.get("manifold"):  # of one day by itself
        fills = fills.where(Fill.manifold_id == (id_in(filters["manifold"]) or NOBODY))
    else:
        fills = fills.where(Fill.on == (day_in(filters.get("on", "")) or clock.today()))
    if filters.get("bay"):
        fills = fills.where(Fill.bay == filters["bay"])
    has_label = exists().where(FillLabel.equipment_id == Fill.equipment_id, FillLabel.fill_id == Fill.id)
    if filters.get("label") in ("yes", "no"):
        fills = fills.where(has_label if filters["label"] == "yes" else ~has_label)
    return fills


def labels_of(viewer: Viewer, fills: Sequence[Fill]) -> dict[UUID, FillLabel]:
    """The labels of these fills, by the fill."""
    wanted = select(FillLabel).where(
        in_scope(viewer, FillLabel),
        FillLabel.equipment_id.in_({fill.equipment_id for fill in fills}),
        FillLabel.fill_id.in_([fill.id for fill in fills]),
    )
    return {label.fill_id: label for label in session.scalars(wanted)}


def stick(fill: Fill, number: str, *, by: Viewer) -> FillLabel:
    """A numbered label is on this bottle. The same number again changes nothing; another one takes its place,
    as where the first was torn; a number that another bottle has is refused."""
    number = number.strip().upper()
    if not is_number(number):
        raise Invalid({"number": N_("The number of a label ends in digits, such as A000123.")})
    _labelled(fill)
    locked_heads(session.connection(), [subject_of("organisation", fill.organisation_id)])
    taken = session.scalar(
        visible(by, FillLabel).where(
            FillLabel.organisation_id == fill.organisation_id,
            FillLabel.number == number,
            FillLabel.fill_id != fill.id,
        )
    )
    if taken is not None:
        text = N_("Label %(number)s is on another bottle already. Read the number again.")
        raise Conflict({"number": Message(text, {"number": number})})
    return _put(fill, LabelMode.PREPRINTED, number, by)


def stick_range(fills: Sequence[Fill], first: str, *, by: Viewer) -> list[FillLabel]:
    """One number after the other on these bottles, in the order in which they were filled."""
    first = first.strip().upper()
    if not is_number(first):
        raise Invalid({"first": N_("The number of a label ends in digits, such as A000123.")})
    ordered = sorted(fills, key=lambda fill: (fill.filled_at or fill.received_at, fill.id))
    return [stick(fill, following(first, step), by=by) for step, fill in enumerate(ordered)]


def note_printed(fill: Fill, *, by: Viewer) -> FillLabel:
    """A label of this bottle is drawn; how often is counted."""
    _labelled(fill)
    return _put(fill, LabelMode.PRINTED, "", by)


def _labelled(fill: Fill) -> None:
    if fill.state != FillState.FILLED or fill.superseded:
        raise Conflict({"fill": N_("Only a bottle that is filled and passed its check gets a label.")})
    if fill.bundle_fill_id is not None:
        raise Conflict({"fill": N_("It was filled in a bundle: the label is the bundle's.")})


def _put(fill: Fill, mode: LabelMode, number: str, by: Viewer) -> FillLabel:
    label = session.get(FillLabel, (fill.equipment_id, fill.id))
    if label is not None and label.mode == mode and mode is LabelMode.PREPRINTED and label.number == number:
        return label
    before = label.number if label is not None else ""
    if label is None:
        label = FillLabel(
            equipment_id=fill.equipment_id,
            fill_id=fill.id,
            organisation_id=fill.organisation_id,
            area=fill.area,
            category=fill.category,
            prints=0,
        )
        session.add(label)
    label.mode, label.number, label.at = mode, number, clock.now()
    label.user_id, label.device_id = by.user_id, by.device_id
    label.prints += mode is LabelMode.PRINTED
    record(
        session(),
        subject_of("equipment", fill.equipment_id),
        "fill.labelled",
        actor=by.actor,
        payload={"fill": fill.id, "mode": str(mode), "number": number, "before": before},
        rows=[label],
    )
    return label
