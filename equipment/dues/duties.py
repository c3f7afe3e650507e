"""Duties of the slice: what falls due for pieces and papers, and applications that wait for an answer."""

from __future__ import annotations

from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.dues.filters import OVERDUE, within_days
from equipment.dues.kinds import due_kind, organisation_kind
from equipment.dues.models import Application, Due, OrganisationDue, PaperDue
from equipment.dues.rules import ApplicationState, DueState, PaperDueKind
from equipment.people.models import Card, Certificate, Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import DutySource, about_piece, duty_key, one_list, piece_name, record_duty
from equipment.register.duty_rules import ALWAYS, Audience, Duty, DutyKind, Stage, Topic, duty_kind
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.planning import Origin
from equipment.storage.db import session

WORDINGS = {
    Origin.UNKNOWN: N_("%(what)s of %(piece)s is not on record: find out by %(day)s"),
    Origin.FAILED: N_("%(what)s of %(piece)s failed on %(day)s: not to be used until one is passed"),
}

TOPIC = N_("%(what)s of %(category)s")
TOPICS = {
    str(Origin.UNKNOWN): N_("%(what)s of %(category)s, not on record"),
    str(Origin.FAILED): N_("%(what)s of %(category)s, failed"),
}


def due_duty(row: Due, pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(
        WORDINGS.get(row.origin, N_("%(what)s of %(piece)s by %(day)s")),
        {
            "what": due_kind(row.kind).label,
            "piece": piece_name(pieces.get(row.equipment_id)),
            "day": row.due_on.isoformat(),
        },
    )
    return Duty(
        key=duty_key("due", row, row.due_on),
        kind=duty_kind(row.kind),
        due_on=row.due_on,
        area=row.area,
        text=text,
        link=f"/equipment/{row.equipment_id}",
        equipment_id=row.equipment_id,
        category=row.category,
        organisation_id=row.organisation_id,
        firm_id=row.firm_id,
        body_id=row.body_id,
        topic=f"{row.kind}:{row.category}:{row.origin if row.origin in TOPICS else ''}",
    )


def due_topic(topic: str, days: int) -> Topic:
    """The dues of one kind and category; what is not on record, and what failed, stand apart."""
    kind, category_key, origin = topic.split(":")
    what = {"what": due_kind(kind).label, "category": category(category_key).label}
    window = origin or (OVERDUE if days < 0 else within_days(days))
    link = f"/dues?kind={kind}&category={category_key}&window={window}"
    return Topic(Message(TOPICS.get(origin, TOPIC), what), link, by_day=not origin)


def paper_topic(_topic: str, _days: int) -> Topic:
    return Topic(Message(N_("Licences, certificates, cards, instruments")), "")


def paper_duty(row: PaperDue, _pieces: dict[UUID, Equipment]) -> Duty:
    text = Message(
        N_("%(what)s: %(title)s, %(day)s"),
        {"what": PaperDueKind(row.kind).label, "title": row.title, "day": row.due_on.isoformat()},
    )
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(
        key=duty_key("paper", row, row.due_on),
        kind=DutyKind.PAPER,
        due_on=row.due_on,
        area=owner.area,
        text=text,
        link=f"/organisations/{row.organisation_id}",
        organisation_id=row.organisation_id,
        holder_id=_holder(row),
    )


def _holder(row: PaperDue) -> UUID | None:
    """Whom a personal certificate or card belongs to."""
    if row.kind == PaperDueKind.CERTIFICATE:
        held = visible(SYSTEM, Certificate).where(Certificate.id == row.subject_id)
        return session.scalar(held.with_only_columns(Certificate.user_id))
    if row.kind == PaperDueKind.CARD:
        held_card = visible(SYSTEM, Card).where(Card.id == row.subject_id)
        return session.scalar(held_card.with_only_columns(Card.user_id))
    return None


def application_duty(row: Application, pieces: dict[UUID, Equipment]) -> Duty:
    text = about_piece(N_("%(piece)s was applied for inspection; accept it or say why not"), row, pieces)
    return record_duty(
        "application", DutyKind.APPLICATION, text, row, clock.site_day(row.applied_at), body_id=row.body_id
    )


OF_ORGANISATION = "organisation_due"
# These days are choices of this product, as those of reminders/stages.toml.
BEFORE_AND_AFTER = (
    Stage("ahead_30", 30, (Audience.RESPONSIBLE,)),
    Stage("ahead_7", 7, (Audience.RESPONSIBLE,)),
    Stage("overdue_1", -1, (Audience.RESPONSIBLE, Audience.SUPERVISORS)),
    Stage("overdue_30", -30, (Audience.RESPONSIBLE, Audience.SUPERVISORS)),
)


def organisation_duty(row: OrganisationDue, _pieces: dict[UUID, Equipment]) -> Duty:
    """What an organisation itself must do: its own people hear of it, once it is late the bureau too."""
    owner = session.get_one(Organisation, row.organisation_id)
    return Duty(
        key=duty_key(OF_ORGANISATION, row, row.due_on),
        kind=OF_ORGANISATION,
        due_on=row.due_on,
        area=owner.area,
        text=Message(
            N_("%(who)s: %(what)s (%(subject)s) by %(day)s"),
            {
                "who": owner.name,
                "what": organisation_kind(row.kind).label,
                "subject": row.title,
                "day": row.due_on.isoformat(),
            },
        ),
        link=f"/dues/organisations?organisation={row.organisation_id}",
        organisation_id=row.organisation_id,
        stages=BEFORE_AND_AFTER,
    )


ARRANGED = "arranged"
OF_THE_DAY = (
    Stage("new", ALWAYS, (Audience.RESPONSIBLE, Audience.FIRM)),
    Stage("ahead_1", 1, (Audience.RESPONSIBLE, Audience.FIRM)),
)
# Of the body, whoever goes there; all its inspectors where that is not settled.
GOING = (*OF_THE_DAY[:1], Stage("ahead_1", 1, (*OF_THE_DAY[1].heard_by, Audience.HOLDER)))
ANYBODY = (*OF_THE_DAY[:1], Stage("ahead_1", 1, (*OF_THE_DAY[1].heard_by, Audience.BODY)))


def arranged_duty(row: Application, pieces: dict[UUID, Equipment]) -> Duty:
    """The unit and the firm are told the day of an inspection as soon as it is arranged, and each new day."""
    day, piece = row.planned_on or clock.today(), pieces.get(row.equipment_id)
    text = about_piece(N_("%(piece)s is inspected on %(day)s"), row, pieces, day=day.isoformat())
    return record_duty(
        ARRANGED,
        ARRANGED,
        text,
        row,
        day,
        organisation_id=row.organisation_id,
        firm_id=piece.maintenance_firm_id if piece else None,
        body_id=row.body_id,
        holder_id=row.inspector_id,
        stages=GOING if row.inspector_id else ANYBODY,
    )


DUTIES = (
    DutySource("due", Due, Due.state == DueState.OPEN, due_duty, Due.due_on, due_topic),
    DutySource("paper", PaperDue, PaperDue.state == DueState.OPEN, paper_duty, PaperDue.due_on, paper_topic),
    DutySource(
        OF_ORGANISATION,
        OrganisationDue,
        OrganisationDue.state == DueState.OPEN,
        organisation_duty,
        OrganisationDue.due_on,
        one_list(N_("Duties of organisations"), "/dues/organisations", by_day=True),
    ),
    DutySource(
        "application",
        Application,
        Application.state == ApplicationState.APPLIED,
        application_duty,
        topic=one_list(N_("Applications to accept"), "/applications"),
    ),
    DutySource(
        ARRANGED,
        Application,
        Application.state == ApplicationState.ACCEPTED,
        arranged_duty,
        # read one by one: units and firms have no list of applications
        topic=one_list(N_("Inspections arranged"), ""),
    ),
)
