"""监察指令书: issued under the next number of its office, served, answered by the unit, re-checked, given more
time, withdrawn; each step one line of the order's chain. Where it stands follows from its problems."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import func, or_

from equipment.core import clock
from equipment.core.errors import Conflict, Invalid, NotAllowed
from equipment.core.ids import new_id
from equipment.core.words import N_, Message
from equipment.files import store
from equipment.files.actions import StoredDocument
from equipment.hazards import actions as hazard_actions
from equipment.hazards.models import Finding, Hazard
from equipment.hazards.rules import FindingState, recheck_problem
from equipment.ledger import actions as ledger
from equipment.orders.models import (
    InspectorOfOrder,
    IssuingOffice,
    Order,
    OrderExtension,
    OrderFile,
    OrderItem,
)
from equipment.orders.queries import (
    OrderProblem,
    issuer_for,
    late_orders,
    ordered_hazards,
    orders_of_hazard,
    problems_of,
)
from equipment.orders.rules import (
    ORDER_CHANGES,
    RUNNING,
    OrderOrigin,
    OrderState,
    OrderUrgency,
    ServiceWay,
    deadline_problem,
    inspectors_problem,
    order_number,
    order_state,
    service_problem,
)
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, Action, OrganisationKind, Thing, Viewer, may
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import called
from equipment.regulation.clauses import Grade
from equipment.regulation.supervision_numbers import (
    OTHER_RULE,
    broken_rules,
    in_force_since,
    inspectors_needed,
    order_basis,
)
from equipment.storage.db import Base, session

MOST_PROBLEMS = 40
NOT_NOW = N_("This step is not possible now: look at where the order stands.")
BEFORE_ORDER = N_("Order 57 is in force since 2022-07-01: an earlier day cannot be right.")
NO_OFFICE = N_("No issuing office is set for your area: the city office enters its name and sign first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemDraft:
    """A problem as it is written: of the unit, of a piece, a hazard that is on file, or a finding, which the
    order confirms as a general hazard. `rule` is a code of the pack; `rule_text` is needed where that is
    another rule, and says it all for a hazard."""

    problem: str
    rule: str
    rule_text: str = ""
    piece: Equipment | None = None
    hazard: Hazard | None = None
    finding: Finding | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDraft:
    """What is written of an order; `keep_day` says that a last day on a day off is meant."""

    unit: Organisation
    problems: Sequence[ProblemDraft]
    urgency: OrderUrgency
    due_on: date
    inspectors: Sequence[InspectorOfOrder]
    measures: str = ""
    unit_head: str = ""
    keep_day: bool = False
    origin: OrderOrigin = OrderOrigin.DESK
    origin_id: UUID | None = None
    issued_on: date | None = None


class OrderService(NamedTuple):
    """How an order was served: by whom taken, or who saw the refusal."""

    way: ServiceWay
    at: datetime
    receiver: str = ""
    witness: str = ""
    reason: str = ""
    signature: StoredDocument | None = None


@dataclass(frozen=True, slots=True)
class ProblemAnswer:
    """What is said of one problem, with the photos and files that prove it; `is_right` counts in a re-check
    alone."""

    text: str
    files: Sequence[StoredDocument] = field(default_factory=tuple)
    is_right: bool = False


def set_issuer(
    area: str, name: str, sign: str, review_body: str, court: str, address: str, phone: str, *, by: Viewer
) -> IssuingOffice:
    """How an office signs its orders from now on; orders that are out keep what stands on them."""
    wrong = {
        label: N_("This is needed.")
        for label, text in (("name", name), ("sign", sign), ("review_body", review_body), ("court", court))
        if not text.strip()
    }
    if wrong:
        raise Invalid(wrong)
    if not area.startswith(by.area) and by is not SYSTEM:
        raise NotAllowed(N_("This office belongs to another area."))
    office = session.get(IssuingOffice, area) or IssuingOffice(area=area)
    office.name, office.sign, office.review_body, office.court, office.address, office.phone = (
        text.strip() for text in (name, sign, review_body, court, address, phone)
    )
    office.changed_at = clock.now()
    session.add(office)
    ledger.record(
        session(),
        ledger.subject_of("issuing_office", area),
        "issuing_office.set",
        actor=by.actor,
        payload={"area": area, "name": office.name, "sign": office.sign},
        rows=[office],
    )
    return office


def issue(draft: OrderDraft, *, by: Viewer) -> Order:
    """A new order under the next number of the year; the hazards in it are due by its day."""
    if not may(by, Action.CREATE, Thing.ORDER) or by.user_id is None:
        raise NotAllowed
    office = issuer_for(by.area)
    if office is None:
        raise Invalid({"": NO_OFFICE})
    on = draft.issued_on or clock.today()
    _check(draft, on, by)
    year, sequence = on.year, _next_sequence(office.area, on.year)  # its office's chain first, then pieces'
    hazards = [_hazard_of(problem, draft.due_on, by) for problem in draft.problems]
    order = Order(
        organisation_id=draft.unit.id,
        id=new_id(),
        area=area_of(draft.unit, by),
        issuer_area=office.area,
        issuer_name=office.name,
        review_body=office.review_body,
        court=office.court,
        year=year,
        sequence=sequence,
        number=order_number(office.sign, year, sequence),
        unit_name=draft.unit.name,
        unit_head=draft.unit_head.strip(),
        unit_address=draft.unit.address,
        issued_on=on,
        issued_at=clock.now(),
        issued_by=by.user_id,
        inspectors=list(draft.inspectors),
        urgency=draft.urgency,
        due_on=draft.due_on,
        basis=order_basis(on).table.text("zh"),
        measures=draft.measures.strip(),
        origin=draft.origin,
        origin_id=draft.origin_id,
        state=OrderState.ISSUED,
    )
    items = [
        _item(order, number, problem, hazard)
        for number, (problem, hazard) in enumerate(zip(draft.problems, hazards, strict=True), 1)
    ]
    session.add_all([order, *items])
    payload = {"number": order.number, "due_on": order.due_on, "problems": len(items)}
    _record(order, "order.issued", by, items, **payload)
    for hazard in filter(None, hazards):
        hazard_actions.put_under_order(hazard, order.number, order.due_on, by=by)
    return order


def _hazard_of(problem: ProblemDraft, due_on: date, by: Viewer) -> Hazard | None:
    """The hazard that a problem is; a finding that nobody has decided on becomes a general one with the order
    that names it."""
    if problem.finding is None or problem.finding.state != FindingState.OPEN:
        return problem.hazard
    return hazard_actions.confirm(problem.finding, Grade.GENERAL, "", due_on, by=by)


def area_of(unit: Organisation, by: Viewer) -> str:
    """Where a record of the bureau about a unit belongs: the unit's area, or the office's own where the unit
    has its seat elsewhere."""
    return unit.area if unit.area.startswith(by.area) else by.area


def is_within(unit: Organisation, by: Viewer) -> bool:
    """Whether a unit is for this office to look after: it has its seat there, or a piece."""
    if unit.area.startswith(by.area):
        return True
    theirs = (Equipment.use_unit_id, Equipment.owner_id, Equipment.maintenance_firm_id)
    pieces = visible(by, Equipment).where(or_(*(party == unit.id for party in theirs)))
    return session.scalar(pieces.limit(1)) is not None


def _check(draft: OrderDraft, on: date, by: Viewer) -> None:
    """Invalid with everything that keeps this from being an order."""
    if on < in_force_since():
        raise Invalid({"issued_on": BEFORE_ORDER})
    wrong: dict[str, Message | str] = {}
    if draft.unit.kind == OrganisationKind.REGULATOR:
        wrong["unit"] = N_("The bureau gives no order to itself.")
    elif not is_within(draft.unit, by):
        wrong["unit"] = N_("This unit belongs to another area.")
    if on > clock.today():
        wrong["issued_on"] = N_("This day has not come yet.")
    if problem := deadline_problem(draft.due_on, on, draft.urgency, draft.keep_day):
        wrong["due_on"] = problem
    people = [person["name"].strip() for person in draft.inspectors]
    if problem := inspectors_problem(people, inspectors_needed(on).integer):
        wrong["inspectors"] = problem
    if problem := _problems_problem(draft.problems, on):
        wrong["problems"] = problem
    if wrong:
        raise Invalid(wrong)


def _problems_problem(problems: Sequence[ProblemDraft], on: date) -> Message | None:
    """Why these problems are no content of an order: each is written, names the rule that it breaks, and
    stands in no other order."""
    if not problems:
        return Message(N_("An order names at least one problem."))
    if len(problems) > MOST_PROBLEMS:
        return Message(N_("At most %(most)s problems in one order."), {"most": MOST_PROBLEMS})
    offered = broken_rules(on)
    for number, one in enumerate(problems, 1):
        params = {"num": number}
        if not one.problem.strip():
            return Message(N_("Problem %(num)s: write what is wrong."), params)
        is_written = one.hazard is not None or one.rule == OTHER_RULE
        named = (one.rule in offered and one.rule != OTHER_RULE) or (is_written and one.rule_text.strip())
        if not named:
            return Message(N_("Problem %(num)s: name the rule and the article that it breaks."), params)
        if one.finding is not None and one.finding.clause:
            return Message(N_("Problem %(num)s: it names a clause, so decide on the finding first."), params)
    hazards = [one.hazard for one in problems if one.hazard is not None]
    if ordered_hazards(hazards):
        return Message(N_("One of these hazards stands in an order already."))
    return None


def _item(order: Order, number: int, draft: ProblemDraft, hazard: Hazard | None) -> OrderItem:
    piece = draft.piece
    offered = broken_rules(order.issued_on).get(draft.rule)
    text = draft.rule_text.strip()
    if offered is not None and draft.rule != OTHER_RULE:
        cited = f"{offered.cited}：{offered.text.zh}"
        text = f"{cited}。{text}" if text else cited
    return OrderItem(
        organisation_id=order.organisation_id,
        order_id=order.id,
        no=number,
        area=order.area,
        equipment_id=piece.id if piece else None,
        piece_name=str(called(piece))[:120] if piece else "",
        hazard_id=hazard.id if hazard else None,
        problem=draft.problem.strip(),
        rule=draft.rule[:30],
        rule_text=text[:400],
        is_right=False,
    )


def _next_sequence(area: str, year: int) -> int:
    """The next number of the year at an office, whose chain is held from here on."""
    ledger.locked_heads(session.connection(), [ledger.subject_of("issuing_office", area)])
    numbered = visible(SYSTEM, Order).where(Order.issuer_area == area, Order.year == year)
    return (session.scalar(numbered.with_only_columns(func.max(Order.sequence))) or 0) + 1


def serve(order: Order, service: OrderService, *, by: Viewer) -> None:
    """The order reached its unit: signed for, refused before a witness, or sent. Once."""
    _hold(order)
    if order.service_way is not None:
        raise Conflict({"": N_("This order has been served already.")})
    if order.state is OrderState.WITHDRAWN:
        raise Conflict({"": NOT_NOW})
    wrong = dict(service_problem(service.way, service.receiver, service.witness, service.reason))
    if service.at > clock.now():
        wrong["at"] = Message(N_("This time has not come yet."))
    elif clock.site_day(service.at) < order.issued_on:
        wrong["at"] = Message(N_("This is before the order was issued."))
    if wrong:
        raise Invalid(wrong)
    order.service_way, order.served_at = service.way, service.at
    order.receiver, order.witness = service.receiver.strip()[:60], service.witness.strip()[:60]
    order.service_note = service.reason.strip()[:300]
    rows: list[Base] = []
    if service.signature is not None:
        rows.append(store.name(service.signature.content))
        order.signature = service.signature.content.sha256
    _record(order, "order.served", by, rows, way=service.way)


def answer(order: Order, answers: Mapping[int, ProblemAnswer], *, by: Viewer) -> None:
    """The unit says what it did about its problems, with evidence; what it leaves out waits on."""
    _hold(order)
    _may_answer(order, by)
    if order.state not in RUNNING:
        raise Conflict({"": NOT_NOW})
    wanted = {row.item.no: row for row in problems_of(order)}
    said = {no: one for no, one in answers.items() if no in wanted and one.text.strip()}
    if not said:
        raise Invalid({"": N_("Say of at least one problem what was done.")})
    for no, one in said.items():
        row = wanted[no]
        if row.stand.is_right or row.stand.is_answered:
            raise Conflict({"": Message(N_("Problem %(num)s has been answered already."), {"num": no})})
        if row.hazard is None:
            row.item.answer, row.item.answered_at = one.text.strip(), clock.now()
            row.item.answered_by = by.user_id
    files = [*_attach(order, said, "evidence", by)]
    _record(order, "order.answered", by, [*_own(wanted, said), *files], problems=sorted(said))
    for no, one in said.items():
        if (hazard := wanted[no].hazard) is not None:
            hazard_actions.rectify(hazard, one.text, one.files, by=by)
    settle(order, by=by)


def recheck(order: Order, decisions: Mapping[int, ProblemAnswer], *, by: Viewer) -> None:
    """The bureau looked again at what was answered: right, or what is still wrong."""
    _hold(order)
    if order.state not in RUNNING:
        raise Conflict({"": NOT_NOW})
    wanted = {row.item.no: row for row in problems_of(order)}
    decided = {no: one for no, one in decisions.items() if no in wanted and wanted[no].stand.is_answered}
    if not decided:
        raise Invalid({"": N_("Decide on at least one problem that was answered.")})
    for no, one in decided.items():
        if wanted[no].hazard is None:
            _decide(wanted[no].item, one, by)
    files = [*_attach(order, decided, "recheck", by)]
    _record(
        order,
        "order.rechecked",
        by,
        [*_own(wanted, decided), *files],
        right=sorted(no for no, one in decided.items() if one.is_right),
        wrong=sorted(no for no, one in decided.items() if not one.is_right),
    )
    for no, one in decided.items():
        if (hazard := wanted[no].hazard) is not None:
            hazard_actions.recheck(hazard, one.is_right, one.text, by=by)
    settle(order, by=by)


def _decide(item: OrderItem, decision: ProblemAnswer, by: Viewer) -> None:
    if not decision.is_right and not decision.text.strip():
        raise Invalid({"recheck": N_("Say what is still wrong.")})
    if problem := recheck_problem(item.answered_by, by.user_id):
        raise Invalid({"": problem})
    item.is_right, item.recheck = decision.is_right, decision.text.strip()
    item.rechecked_at, item.rechecked_by = clock.now(), by.user_id
    if not decision.is_right:
        item.answered_at = None


def extend(order: Order, until: date, reason: str, *, by: Viewer) -> None:
    """More time for what is still to be done; its hazards get the same day."""
    _hold(order)
    if order.state not in (OrderState.ISSUED, OrderState.OVERDUE):
        raise Conflict({"": NOT_NOW})
    if until <= max(order.due_on, clock.today()):
        raise Invalid({"until": N_("The new day must lie after the old one and after today.")})
    reason = _reason(reason)
    extension = OrderExtension(
        organisation_id=order.organisation_id,
        id=new_id(),
        order_id=order.id,
        area=order.area,
        was_on=order.due_on,
        until_on=until,
        reason=reason,
        by=by.user_id,
        at=clock.now(),
    )
    session.add(extension)
    order.due_on = until
    _record(order, "order.extended", by, [extension], until=until, reason=reason)
    for row in problems_of(order):
        if row.hazard is not None and not row.stand.is_right:
            hazard_actions.put_under_order(row.hazard, order.number, until, by=by)
    settle(order, by=by)


def withdraw(order: Order, reason: str, *, by: Viewer) -> None:
    """The order was wrong: it stays on file under its number and asks for nothing any more."""
    _hold(order)
    if OrderState.WITHDRAWN not in ORDER_CHANGES[OrderState(order.state)]:
        raise Conflict({"": NOT_NOW})
    order.withdrawn_reason = _reason(reason)
    order.state = OrderState.WITHDRAWN
    _record(order, "order.withdrawn", by, reason=order.withdrawn_reason)


def settle(order: Order, *, by: Viewer) -> None:
    """Put the order into the state that its problems make."""
    if order.state is OrderState.WITHDRAWN:
        return
    today = clock.today()
    to = order_state([row.stand for row in problems_of(order)], order.due_on, today)
    if order.state is OrderState.TRANSFERRED and to is not OrderState.CLOSED:
        return
    if to is order.state:
        return
    was, order.state = order.state, to
    order.closed_on = today if to is OrderState.CLOSED else None
    _record(order, "order.state", by, was=was, to=to)


def follow_hazard(hazard: Hazard, by: Viewer) -> None:
    """A hazard was put right, re-checked or withdrawn on its own page: its orders stand accordingly."""
    for order in orders_of_hazard(hazard):
        settle(order, by=by)


def mark_overdue(on: date, *, most: int = 50) -> int:
    """The morning after its last day an order that nobody answered is 逾期未整改; how many became so."""
    late = late_orders(on, most)
    for order in late:
        _hold(order)
        settle(order, by=SYSTEM)
    return len([order for order in late if order.state is OrderState.OVERDUE])


def _may_answer(order: Order, by: Viewer) -> None:
    """The unit itself, or the bureau for a unit that has nobody here."""
    if by.organisation_id != order.organisation_id and not by.oversees:
        raise NotAllowed


def _own(wanted: Mapping[int, OrderProblem], chosen: Mapping[int, object]) -> list[Base]:
    return [wanted[no].item for no in sorted(chosen)]


def _attach(order: Order, answers: Mapping[int, ProblemAnswer], kind: str, by: Viewer) -> list[Base]:
    return [
        row
        for no, one in sorted(answers.items())
        for document in one.files
        for row in keep_file(order, document, kind, by=by, item=no)
    ]


def add_files(order: Order, documents: Sequence[StoredDocument], kind: str, *, by: Viewer) -> None:
    """Documents of the order as a whole: the signed paper, a letter."""
    rows = [row for document in documents for row in keep_file(order, document, kind, by=by)]
    if rows:
        _record(order, "order.file", by, rows, kind=kind)


def keep_file(
    order: Order, document: StoredDocument, kind: str, *, by: Viewer, item: int | None = None
) -> list[Base]:
    """A stored document under this order: the rows that the next line of its chain speaks of."""
    file = OrderFile(
        organisation_id=order.organisation_id,
        id=new_id(),
        order_id=order.id,
        area=order.area,
        item=item,
        kind=kind,
        name=document.name,
        sha256=document.content.sha256,
        media_type=document.content.media_type,
        size=document.content.size,
        user_id=by.user_id,
        at=clock.now(),
    )
    session.add(file)
    return [file, store.name(document.content)]


def _hold(order: Order) -> None:
    """In line with whoever else changes it."""
    session.flush()
    ledger.locked_heads(session.connection(), [ledger.subject_of("order", order.id)])
    session.refresh(order)


def _reason(text: str) -> str:
    if not text.strip():
        raise Invalid({"reason": N_("Give the reason.")})
    return text.strip()[:300]


def _record(order: Order, verb: str, by: Viewer, beside: Sequence[Base] = (), **payload: object) -> None:
    ledger.record(
        session(),
        ledger.subject_of("order", order.id),
        verb,
        actor=by.actor,
        payload={"order": order.id, **payload},
        rows=[order, *beside],
    )
