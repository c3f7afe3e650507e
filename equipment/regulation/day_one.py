"""Day one of a real register: what the papers say stands until the next result, and what nobody recorded is
not known, never overdue."""

from __future__ import annotations

from datetime import date, timedelta

from equipment.core.months import month_text
from equipment.core.verdict import Citation
from equipment.core.words import N_, Message
from equipment.regulation.common_numbers import unknown_settled_within
from equipment.regulation.packs import Regulation
from equipment.regulation.planning import DueKind, Life, Origin, Planned, last_valid_day


def paper_day(life: Life) -> date | None:
    """The next inspection that the papers stated, as long as no result and no supervised work on record is
    newer."""
    results = (done.on for done in life.done if done.kind is DueKind.INSPECTION and not done.from_paper)
    return None if any(on > _paper_from(life) for on in results) else _not_overtaken(life)


def settled_paper_day(life: Life) -> date | None:
    """The same day once a result has taken its place: it goes on telling in which month the cycle is due."""
    return _not_overtaken(life) if paper_day(life) is None else None


def _not_overtaken(life: Life) -> date | None:
    """What the papers stated, if it says anything and no supervised work has begun the cycle anew since."""
    stated, since = life.paper_next_on, _paper_from(life)
    if stated is None or stated <= since or any(work.on > since for work in life.alterations):
        return None
    return stated


def _paper_from(life: Life) -> date:
    """The inspection that the papers speak of."""
    return next((done.on for done in life.done if done.from_paper), date.min)


def by_report(
    rules: Regulation,
    life: Life,
    by_rule: Planned | None,
    cite: Citation,
    on: date,
    kind: DueKind = DueKind.INSPECTION,
) -> Planned | None:
    """What the report or ring of the last recorded inspection states, where that is earlier than the rule or
    the rule cannot tell."""
    passed = life.last_passed(kind)
    if passed is None or passed.from_paper or passed.next_on is None or passed.next_on <= passed.on:
        return None
    due = last_valid_day(rules, passed.next_on, on)
    if by_rule is not None and passed.next_on > by_rule.due_on:
        return None
    why = Message(
        N_("Inspection report of %(since)s states the next inspection: %(due)s"),
        {"since": month_text(passed.on), "due": month_text(passed.next_on)},
    )
    return Planned(kind, due, None, cite, why)


def from_paper(
    rules: Regulation, life: Life, by_rule: Planned | None, cite: Citation, on: date
) -> Planned | None:
    """The stated day as the due, with the rule's own answer beside it while they differ and nobody has
    decided."""
    stated = paper_day(life)
    if stated is None:
        return None
    due = last_valid_day(rules, stated, on)
    why = Message(
        N_("The papers at registration state the next inspection: %(due)s"), {"due": month_text(stated)}
    )
    differs = by_rule is not None and by_rule.due_on != due and not life.paper_decided
    return Planned(DueKind.INSPECTION, due, None, cite, why, Origin.PAPER, by_rule if differs else None)


def is_known(life: Life, due_on: date) -> bool:
    """Whether a day counted without anything on record can be held against a piece: not what fell due before
    it was known here."""
    return life.known_since is None or due_on >= life.known_since


def to_settle(rules: Regulation, life: Life, kind: DueKind, why: Message, on: date) -> Planned | None:
    """检验情况不明: nothing on record tells; somebody must find out by a day. Nothing where nobody knows since when
    it is on file."""
    if life.known_since is None:
        return None
    days = unknown_settled_within(rules, on)
    results = [done.on for done in life.done if done.kind is kind]
    until = max([life.known_since, *results]) + timedelta(days=days.integer)
    params = {**why.params, "until": until.isoformat()}
    return Planned(kind, until, None, days.citation, Message(why.msgid, params), Origin.UNKNOWN)
