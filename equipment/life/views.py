"""The page of one piece (设备全生命周期): facts, labels, numbers, what is due and why, documents, and the whole life
as one line."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from flask import Blueprint, render_template, request
from flask_babel import gettext

from equipment import web
from equipment.accidents.queries import accidents_at
from equipment.core import clock
from equipment.core.words import N_
from equipment.dues.kinds import due_kind
from equipment.dues.models import Due
from equipment.dues.queries import open_dues, parties_of, settlement_of
from equipment.files.queries import attachments_of
from equipment.fills.custody import keepers_of
from equipment.hazards.models import Hazard
from equipment.inspections.rules import InspectionKind, due_kind_of, kinds_to_record
from equipment.labels.plate_listing import plate_face
from equipment.life.timeline import timeline, who
from equipment.maintenance.listing import lift_name
from equipment.maintenance.photos import evidence_shown
from equipment.people.queries import area_path
from equipment.people.rules import Action, Role, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.checking import PARTIES
from equipment.register.detail_views import facts, shown_detail
from equipment.register.disclosure import hides_codes, shown_code, shown_number
from equipment.register.forms import DOCUMENT_KINDS, PARTY_KINDS, DocumentForm, IdentifierForm
from equipment.register.groups import group_of
from equipment.register.lists import names_of, organisation_names
from equipment.register.models import Equipment
from equipment.register.moments import FieldChange
from equipment.register.naming import called
from equipment.register.plate_conditions import PLATED
from equipment.register.plates import waiting_plates
from equipment.register.position_views import placed_piece
from equipment.register.queries import identifiers_of, labels_of, piece
from equipment.register.rules import EquipmentStatus
from equipment.register.views import kind_of
from equipment.regulation.categories import category
from equipment.regulation.planning import INSPECTIONS
from equipment.risks.queries import colour_of
from equipment.storage.db import session
from equipment.web.language import translate

pages = Blueprint("life", __name__)
FINAL = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED)


# The kinds of records in the life of a piece, and what one must be allowed to see to open one.
KINDS = {
    "register": N_("Record and labels"),
    "inspection": N_("Inspections"),
    "contract": N_("Contracts"),
    "visit": N_("Maintenance"),
    "insurance": N_("Insurance"),
    "fill": N_("Fills"),
    "rescue": N_("Rescue calls"),
    "hazard": N_("Hazards"),
    "accident": N_("Accidents"),
    "lot": N_("Lots and destruction"),
    "place": N_("Where it was"),
    "transfer": N_("Changes of owner"),
    "telemetry": N_("Reported by the lift"),
    "walk": N_("Walks of the overdue list"),
    "control": N_("Daily controls"),
    "risk": N_("Risk colours"),
    "instrument": N_("Measuring instruments"),
    "seizure": N_("Seizures"),
    "check": N_("Supervision checks"),
    "order": N_("Supervision orders"),
    "campaign": N_("Special campaigns"),
}
OPENED_AS = {
    "inspection": Thing.INSPECTION,
    "contract": Thing.CONTRACT,
    "visit": Thing.VISIT,
    "rescue": Thing.CALL,
    "insurance": Thing.POLICY,
    "fill": Thing.FILL,
    "hazard": Thing.HAZARD,
    "accident": Thing.ACCIDENT,
    "lot": Thing.LOT,
    "place": Thing.PLACE,
    "transfer": Thing.OWNERSHIP,
    "telemetry": Thing.TELEMETRY,
    "walk": Thing.WALK,
    "control": Thing.CONTROL,
    "risk": Thing.RISK,
    "instrument": Thing.INSTRUMENT,
    "seizure": Thing.SEIZURE,
    "check": Thing.CHECK,
    "order": Thing.ORDER,
    "campaign": Thing.CAMPAIGN,
}


@dataclass(frozen=True, slots=True)
class PieceRights:
    """What the page of a piece offers this viewer."""

    apply: bool  # for its inspection
    change: bool
    problem: bool  # record that something is wrong
    hazards: bool  # open them
    accidents: bool  # open them
    report_accident: bool
    ledger: bool  # read its chain
    add_number: bool
    issue_label: bool
    label: bool  # bind, replace or report one
    swipe: bool  # sign in at the lift
    record: bool  # a result of whatever kind
    only_tests: bool  # what the viewer records is self-tests and nothing else
    on_demand: bool  # see whether it may be maintained on demand
    recordable: frozenset[UUID]  # the dues whose result may be recorded today


def rights_on(viewer: Viewer, equipment: Equipment, dues: Collection[Due]) -> PieceRights:
    final = equipment.status in FINAL
    kinds = () if final else kinds_to_record(category(equipment.category), viewer, parties_of(equipment))
    recorded = {due_kind_of(kind) for kind in kinds}
    theirs = viewer.organisation_id in (equipment.owner_id, equipment.use_unit_id)
    change = (viewer.oversees or theirs) and may(viewer, Action.CHANGE, Thing.EQUIPMENT)
    today = clock.today()
    return PieceRights(
        apply=theirs
        and may(viewer, Action.CREATE, Thing.APPLICATION)
        and any(due.kind in INSPECTIONS for due in dues),
        change=change,
        problem=not final and may(viewer, Action.CREATE, Thing.FINDING),
        hazards=may(viewer, Action.SEE, Thing.HAZARD),
        accidents=may(viewer, Action.SEE, Thing.ACCIDENT),
        report_accident=may(viewer, Action.CREATE, Thing.ACCIDENT),
        ledger=may(viewer, Action.SEE, Thing.LEDGER),
        add_number=change and not final,
        issue_label=not final and may(viewer, Action.CREATE, Thing.LABEL),
        label=not final and may(viewer, Action.CHANGE, Thing.LABEL),
        swipe=Role.TECHNICIAN in viewer.roles
        and equipment.maintenance_firm_id == viewer.organisation_id
        and bool(category(equipment.category).visit_kinds)
        and may(viewer, Action.CREATE, Thing.VISIT),
        record=bool(kinds),
        only_tests=kinds == (InspectionKind.SELF_TEST,),
        on_demand=bool(category(equipment.category).visit_kinds) and may(viewer, Action.SEE, Thing.ON_DEMAND),
        recordable=frozenset(
            due.id
            for due in dues
            if due.kind in recorded and (due.earliest_on is None or due.earliest_on <= today)
        ),
    )


@pages.get("/equipment/<uuid:equipment_id>")
@web.allows(Action.SEE, Thing.EQUIPMENT)
def whole(equipment_id: UUID) -> web.Answer:
    viewer = web.viewer()
    equipment = piece(viewer, equipment_id)
    only = request.args.get("only", "") if request.args.get("only") in KINDS else ""
    shown = timeline(viewer, equipment, everything=request.args.get("all") == "1", only=only)
    open_hazards = session.scalars(
        visible(viewer, Hazard).where(Hazard.equipment_id == equipment.id, Hazard.closed_on.is_(None))
    ).all()
    dues = open_dues(equipment.id, viewer)
    return render_template(
        "life/whole.html",
        rights=rights_on(viewer, equipment, dues),
        equipment=equipment,
        title=_title(equipment),
        only=only,
        kind_words=KINDS,
        opens={name for name in OPENED_AS if may(viewer, Action.SEE, OPENED_AS[name])},
        kind=kind_of(equipment),
        facts=facts(equipment),
        group=group_of(viewer, equipment),
        parties=_parties(equipment),
        timeline=shown,
        who=who,
        change_texts=_change_texts,
        area=" ".join(
            area.name for area in area_path(equipment.area) if area.level in ("county", "township")
        ),
        labels=labels_of(viewer, equipment.id),
        numbers=identifiers_of(viewer, equipment.id),
        plates=waiting_plates(viewer, equipment.id) if equipment.category in PLATED else (),
        plate=plate_face(viewer, equipment) if equipment.category in PLATED else None,
        shown_code=partial(shown_code, viewer),
        shown_number=partial(shown_number, viewer),
        hides_codes=hides_codes(viewer),
        placed=placed_piece(viewer, equipment),
        dues=dues,
        evidence=evidence_shown(viewer, equipment) if category(equipment.category).visit_kinds else (),
        hazards=open_hazards,
        accidents=accidents_at(viewer, equipment.id),
        risk=colour_of(equipment) if may(viewer, Action.SEE, Thing.RISK) else None,
        documents=attachments_of(viewer, equipment.id),
        document_form=DocumentForm(formdata=None),
        document_names=dict(DOCUMENT_KINDS),
        identifier_form=IdentifierForm(formdata=None),
        due_kind=due_kind,
        settlement_of=settlement_of,
    )


def _title(equipment: Equipment) -> str:
    """Bottles are told apart by what is stamped on them, lifts by where they stand, anything else by what its
    unit calls it."""
    kind = category(equipment.category)
    if kind.visit_kinds:
        return lift_name(equipment, translate)
    return translate(called(equipment, "serial" if kind.filled else "own"))


def _change_texts(change: FieldChange) -> tuple[str, str, str]:
    """A changed field as people read it: what it is called, before, after."""
    if change.spec is not None:
        before, after = (
            "—" if value is None else shown_detail(change.spec, value)
            for value in (change.before, change.after)
        )
        return translate(change.spec.label), before, after
    return translate(change.label), str(change.before or "—"), str(change.after or "—")


def _parties(equipment: Equipment) -> list[tuple[str, str]]:
    names = organisation_names([equipment])
    parties = [
        (translate(PARTY_KINDS[party][0]), names[getattr(equipment, party)])
        for party in PARTIES
        if getattr(equipment, party) in names
    ]
    if not category(equipment.category).filled:
        return parties
    agreements = keepers_of(equipment.owner_id, clock.today())
    keepers = names_of(agreement.to_id for agreement in agreements)
    return parties + [
        (gettext("In custody until %(day)s", day=agreement.until_on.isoformat()), keepers[agreement.to_id])
        for agreement in agreements
    ]
