"""The pieces and the unit that a registration form is about, as the register has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Select, exists, func, or_, select

from equipment.core.fields import Fields
from equipment.dues.models import Due
from equipment.dues.rules import DueState
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.people.models import Organisation, User, UserRole
from equipment.people.rules import SYSTEM, Role, Viewer
from equipment.people.scope import visible
from equipment.register.lists import area_names, filtered
from equipment.register.models import Equipment, Identifier
from equipment.register.rules import FOREIGN_CODES, IdentifierKind
from equipment.register.search import ALL_HITS
from equipment.registration.rules import BUILDS, EndKind, FormKind, FormPiece, FormUnit
from equipment.regulation.categories import category
from equipment.regulation.cylinder_words import Variety
from equipment.regulation.gases import GAS_ALIASES
from equipment.regulation.planning import DueKind
from equipment.storage.db import session
from equipment.tasks.sheets import Say, in_parts

MOST = 5_000  # pieces on one form
CYLINDER = "cylinder"
VEHICLE = [variety.value for variety in Variety if variety.vehicle]
ENDED = frozenset(str(kind) for kind in EndKind)
NUMBERS = (IdentifierKind.CERTIFICATE_NO, IdentifierKind.EQUIPMENT_CODE)


def chosen(viewer: Viewer, filters: Mapping[str, str], ids: Sequence[UUID] = ()) -> Select[Equipment]:
    """The ticked pieces, or all that the filters of a list show: those that are the viewer's to hand in."""
    pieces = (
        visible(viewer, Equipment).where(Equipment.id.in_(ids))
        if ids
        else filtered(viewer, filters, hits=ALL_HITS)
    )
    if viewer.oversees:
        return pieces
    own = viewer.organisation_id
    return pieces.where(or_(Equipment.owner_id == own, Equipment.use_unit_id == own))


def of_form(pieces: Select[Equipment], form: FormKind) -> Select[Equipment]:
    """Those of the pieces that a form takes."""
    if form is FormKind.END:
        return pieces
    in_vehicle = Equipment.details["variety"].as_string().in_(VEHICLE)
    return pieces.where(
        Equipment.category == CYLINDER, in_vehicle if form is FormKind.VEHICLE else ~in_vehicle
    )


def units_of(pieces: Select[Equipment]) -> list[UUID | None]:
    """The use units of the pieces, or their owners where no unit is named."""
    unit = func.coalesce(Equipment.use_unit_id, Equipment.owner_id)
    rows = pieces.order_by(None).with_only_columns(unit, maintain_column_froms=True)
    return list(session.scalars(rows.distinct()))


def how_many(pieces: Select[Equipment]) -> int:
    """Of the pieces, up to one more than a form takes."""
    some = pieces.order_by(None).with_only_columns(Equipment.id).limit(MOST + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def managers_of(unit_id: UUID | None) -> Sequence[User]:
    """安全管理人员 of a unit that have an account, by name."""
    is_manager = exists().where(UserRole.user_id == User.id, UserRole.role == Role.SAFETY_OFFICER)
    people = visible(SYSTEM, User).where(User.organisation_id == unit_id, User.active, is_manager)
    return session.scalars(people.order_by(User.name, User.id)).unique().all() if unit_id else []


def form_unit(unit_id: UUID | None, owners: Iterable[UUID | None], manager: User | None) -> FormUnit:
    """The unit as a form states it, with whoever it names as safety manager; the owner where there is one."""
    ids = {key for key in (unit_id, *owners) if key}
    rows = session.scalars(visible(SYSTEM, Organisation).where(Organisation.id.in_(ids)))
    units = {row.id: row for row in rows}
    unit = units.get(unit_id) if unit_id else None
    owned_by = {key for key in owners if key}
    owner = units.get(owned_by.pop()) if len(owned_by) == 1 else None
    place = area_names([unit.area])[unit.area] if unit else ""
    return FormUnit(
        name=unit.name if unit else "",
        credit_code=(unit.credit_code or "") if unit else "",
        address=unit.address
        if unit and unit.address.startswith(place)
        else place + unit.address
        if unit
        else "",
        phone=unit.phone if unit else "",
        manager=manager.name if manager else "",
        manager_phone=manager.mobile if manager else "",
        owner=owner.name if owner else "",
        owner_phone=owner.phone if owner else "",
    )


def form_pieces(pieces: Select[Equipment], say: Say) -> Iterator[tuple[Equipment, FormPiece]]:
    """The pieces as the forms state them, by stamped number."""
    for part in in_parts(pieces, Equipment.serial, Equipment.id):
        ids = [piece.id for piece in part]
        numbers, coded = _numbers(ids)
        last, reasons = _last_inspections(ids), entered_reasons(part)
        for piece in part:
            yield (
                piece,
                _stated(
                    piece,
                    numbers,
                    piece.label_code is not None or piece.id in coded,
                    last.get(piece.id),
                    reasons.get(piece.id, ""),
                    say,
                ),
            )


def _stated(
    piece: Equipment,
    numbers: Mapping[tuple[UUID, str], str],
    is_coded: bool,
    last_on: date | None,
    reason: str,
    say: Say,
) -> FormPiece:
    details = Fields(piece.details)
    variety = Variety(details.text("variety")) if details.get("variety") else None
    medium = GAS_ALIASES.get(piece.medium, (piece.medium,))[0]
    catalogued = category(piece.category).catalogue.get(piece.catalogue_code)
    return FormPiece(
        build=say(BUILDS[variety]) if variety else catalogued.zh if catalogued else "",
        # many a name on file is the model
        name=piece.name
        if piece.name and piece.name != details.get("model")
        else say(variety.label)
        if variety
        else "",
        status=str(piece.status),
        certificate=numbers.get((piece.id, IdentifierKind.CERTIFICATE_NO), ""),
        equipment_code=numbers.get((piece.id, IdentifierKind.EQUIPMENT_CODE), ""),
        place=piece.position or piece.address,
        serial=piece.serial,
        own_number=piece.own_number,
        medium=medium,
        maker=piece.maker,
        made_on=piece.made_on,
        in_use_since=piece.in_use_since,
        pressure_mpa=_thousandth(details, "working_pressure_kpa"),
        volume_l=_thousandth(details, "volume_ml"),
        last_on=max(filter(None, (last_on, piece.last_inspected_on)), default=None),
        next_on=piece.inspection_due_on,
        is_coded=is_coded,
        standard=details.text("standard", "") or details.text("edition", "").upper(),
        plate=details.text("vehicle_plate", ""),
        vin=details.text("vehicle_vin", ""),
        installer=details.text("installer", ""),
        supervisor=details.text("installation_inspector", ""),
        reason=reason,
    )


def _thousandth(details: Fields, name: str) -> float | None:
    return details.integer(name) / 1000 if details.get(name) is not None else None


def _numbers(ids: Sequence[UUID]) -> tuple[dict[tuple[UUID, str], str], set[UUID]]:
    """(certificate and equipment code of these pieces, which of them carry a code of somebody else's)."""
    rows = session.execute(
        visible(SYSTEM, Identifier)
        .where(
            Identifier.equipment_id.in_(ids),
            Identifier.kind.in_((*NUMBERS, *FOREIGN_CODES)),
            Identifier.voided_at.is_(None),
        )
        .with_only_columns(Identifier.equipment_id, Identifier.kind, Identifier.shown)
        .order_by(Identifier.issued_at)
    ).all()
    return (
        {(row.equipment_id, row.kind): row.shown for row in rows if row.kind in NUMBERS},
        {row.equipment_id for row in rows if row.kind in FOREIGN_CODES},
    )


def _last_inspections(ids: Sequence[UUID]) -> dict[UUID, date]:
    done = (
        visible(SYSTEM, Due)
        .where(Due.equipment_id.in_(ids), Due.state == DueState.DONE, Due.kind == DueKind.INSPECTION)
        .with_only_columns(Due.equipment_id, func.max(Due.done_on))
        .group_by(Due.equipment_id)
    )
    return {key: on for key, on in session.execute(done) if on}


def entered_reasons(pieces: Sequence[Equipment]) -> dict[UUID, str]:
    """Why pieces are out of use, scrapped or deregistered, as it was entered when they came to it."""
    ended = {subject_of("equipment", piece.id): piece for piece in pieces if str(piece.status) in ENDED}
    if not ended:
        return {}
    events = select(Event.subject, Event.payload).where(
        Event.subject.in_(list(ended)), Event.verb == "status"
    )
    reasons: dict[UUID, str] = {}
    for subject, payload in session.execute(events.order_by(Event.subject, Event.seq)):
        said, piece = Fields(json.loads(payload)), ended[subject]
        if said.text("to", "") == piece.status:
            reasons[piece.id] = said.text("reason", "")
    return reasons
