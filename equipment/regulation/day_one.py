"""Day one of a real register: what the papers say stands until the next result, and what nobody recorded is not known, never overdue."""
from __future__ import annotations

from datetime import date, timedelta

from equipment.core.months import month_text
from equipment.core.verdict import Citation
from equipment.core.words import N_, Message
from equipment.regulation.packs import Regulation
from equipment.regulation.planning import DueKind, Life, Origin, Planned, last_valid_day


def paper_day(life: Life) -> date | None:
    """The next inspection that the papers stated, as long as no result and no supervised work on record is newer."""
    stated = life.paper_next_on
    by_paper = next((done.on for done in life.done if done.from_paper), None)
    if stated is None or (by_paper is not None and stated <= by_paper):
        return None
    newer = [done.on for done in life.done if done.kind is DueKind.INSPECTION and not done.from_paper]
    newer += [work.on for work in life.alterations]
    return None if any(on > (by_paper or date.min) for on in newer) else stated


def from_paper(rules: Regulation, life: Life, by_rule: Planned | None, cite: Citation, on: date) -> Planned | None:
    """The stated day as the due, with the rule's own answer beside it while they differ and nobody has decided."""
    stated = paper_day(life)
    if stated is None:
        return None
    due = last_valid_day(rules, stated, on)
    why = Message(N_("The papers at registration state the next inspection: %(due)s"), {"due": month_text(stated)})
    differs = by_rule is not None and by_rule.due_on != due and not life.paper_decided
    return Planned(DueKind.INSPECTION, due, None, cite, why, Origin.PAPER, by_rule if differs else None)


def is_known(life: Life, due_on: date) -> bool:
    """Whether a day counted without anything on record can be held against a piece: not what fell due before it was known here."""
    return life.known_since is None or due_on >= life.known_since


def to_settle(rules: Regulation, life: Life, kind: DueKind, why: Message, on: date) -> Planned | None:
    """检验情况不明: nothing on record tells; somebody must find out by a day. Nothing where nobody knows since when it is on file."""
    if life.known_since is None:
        return None
    days = rules.value("unknown_settled_within_days", on)
    until = life.known_since + timedelta(days=days.integer)
    params = {**why.params, "until": until.isoformat()}
    return Planned(kind, until, None, days.citation, Message(why.msgid, params), Origin.UNKNOWN)
