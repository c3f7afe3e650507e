"""How orders read in lists, on their pages and in exports."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.hazards.models import Hazard
from equipment.ledger.actions import subject_of
from equipment.ledger.models import Event
from equipment.orders.models import Order
from equipment.orders.queries import orders, problems_of_many, transfers_of
from equipment.orders.rules import OrderState, ServiceWay, TransferResult
from equipment.people.models import Organisation, User
from equipment.people.rules import SYSTEM, Viewer, people_in
from equipment.people.scope import visible
from equipment.regulation.clauses import Clause
from equipment.storage.db import session
from equipment.tasks.sheets import Say, Table, TableColumn, in_parts

ORDER_COLUMNS: tuple[tuple[str, int], ...] = (
    (N_("Order number"), 26),
    (N_("Unit"), 34),
    (N_("Issuing office"), 28),
    (N_("Issued on"), 12),
    (N_("To be put right by"), 14),
    (N_("Problems"), 60),
    (N_("Rules broken"), 50),
    (N_("Served"), 20),
    (N_("Status"), 18),
    (N_("Closed on"), 12),
    (N_("Case"), 24),
)
# What a step is called, its icon and its colour, by the verb of the chain.
STEPS: Mapping[str, tuple[str, str, str]] = {
    "order.issued": (N_("Order issued"), "gavel", "red"),
    "order.served": (N_("Order served"), "signature", "blue"),
    "order.answered": (N_("Answered by the unit"), "tool", "blue"),
    "order.rechecked": (N_("Looked at again"), "checklist", "amber"),
    "order.extended": (N_("More time given"), "calendar", "amber"),
    "order.transferred": (N_("Handed to the enforcement team"), "send", "red"),
    "order.case_result": (N_("Result of the enforcement team"), "file-text", "amber"),
    "order.withdrawn": (N_("Order withdrawn"), "x", "grey"),
    "order.file": (N_("Document added"), "paperclip", "grey"),
    "order.state": (N_("Where it stands"), "flag", "grey"),
}


class OrderStep(NamedTuple):
    """One line of an order's chain, as people read it."""

    title: str
    at: datetime
    glyph: str
    colour: str
    by: str
    text: Message | str


def steps_of(order: Order) -> list[OrderStep]:
    """The story of an order, the earliest step first."""
    lines = select(Event).where(Event.subject == subject_of("order", order.id)).order_by(Event.seq)
    events = session.scalars(lines).all()
    people = _people([key for event in events for key in people_in(event.actor)])
    steps = []
    for event in events:
        title, glyph, colour = STEPS[event.verb]
        by = " ".join(people.get(key, "") for key in people_in(event.actor)).strip()
        text = _text(event.verb, Fields(json.loads(event.payload)))
        steps.append(OrderStep(title, event.at, glyph, colour, by, text))
    return steps


def _text(verb: str, payload: Fields) -> Message | str:
    if verb == "order.issued":
        return Message(N_("To be put right by %(day)s"), {"day": payload.text("due_on")})
    if verb == "order.served":
        return ServiceWay(payload.text("way")).label
    if verb == "order.state":
        return OrderState(payload.text("to")).label
    if verb == "order.case_result":
        return TransferResult(payload.text("result")).label
    if verb == "order.extended":
        return Message(
            N_("Until %(day)s: %(reason)s"), {"day": payload.text("until"), "reason": payload.text("reason")}
        )
    if verb == "order.answered":
        return Message(N_("Problems %(list)s"), {"list": "、".join(map(str, payload.integers("problems")))})
    if verb == "order.rechecked":
        params = {name: "、".join(map(str, payload.integers(name))) or "—" for name in ("right", "wrong")}
        return Message(N_("Right: %(right)s; still wrong: %(wrong)s"), params)
    return payload.text("reason", "") or payload.text("team", "")


def _people(ids: Sequence[UUID]) -> Mapping[UUID, str]:
    rows = visible(SYSTEM, User).join(Organisation, Organisation.id == User.organisation_id)
    named = rows.where(User.id.in_(set(ids))).with_only_columns(User.id, User.name, Organisation.name)
    return {key: f"{organisation} {name}" for key, name, organisation in session.execute(named)}


def hazard_rule_text(hazard: Hazard, clause: Clause | None) -> str:
    """The rule that a hazard breaks, as an order cites it; empty where its grading names none."""
    if clause is None:
        return ""
    return f"{clause.citation.document} {clause.citation.clause or hazard.clause}：{clause.text.zh}"


def order_table(viewer: Viewer, query: Mapping[str, object], say: Say) -> Table:
    """The list of orders with its filters, as a table."""
    filters = {name: str(value) for name, value in Fields(query).table("args").items()}
    rows = in_parts(orders(viewer, filters), Order.issued_on, Order.id)
    cells = (cell for part in rows for cell in _rows(part, say))
    columns = [TableColumn(say(name), width) for name, width in ORDER_COLUMNS]
    return Table(say(N_("Supervision orders")), columns, cells)


def _rows(part: Sequence[Order], say: Say) -> list[list[object]]:
    problems = problems_of_many(part)
    rows: list[list[object]] = []
    for order in part:
        listed = [row.item for row in problems[order.id]]
        cases = transfers_of(order) if order.state is not OrderState.ISSUED else ()
        result = cases[-1].result if cases else None
        rows.append(
            [
                order.number,
                order.unit_name,
                order.issuer_name,
                order.issued_on,
                order.due_on,
                " ".join(f"{item.no}. {item.problem}" for item in listed),
                " ".join(f"{item.no}. {item.rule_text}" for item in listed),
                say(order.service_way.label) if order.service_way else say(N_("Not served yet")),
                say(order.state.label),
                order.closed_on or "",
                say(result.label) if result else cases[-1].team if cases else "",
            ]
        )
    return rows
