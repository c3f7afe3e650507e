"""What a value of the table would move before it is set, and the run that follows once it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from uuid import UUID

from equipment.core import clock
from equipment.people.rules import SYSTEM
from equipment.register.duties import piece_name
from equipment.register.queries import pieces
from equipment.regulation.queries import rules
from equipment.regulation.risk_numbers import RISK, RISK_KEY, RiskColour
from equipment.risks.facts import Dangers, facts_of, pieces_in_use
from equipment.risks.grading import grade_all, hands_in_force, piece_ids
from equipment.risks.rules import RiskTable, check_value, score
from equipment.rules.proposals import Proposal, laid_rows
from equipment.storage.db import session
from equipment.tasks.makers import Progress

SHOWN = 100  # pieces that the page lists


def checked_value(category: str, key: str, value: object, since: date) -> None:
    """Invalid where the table makes no sense with the value."""
    if category == RISK_KEY:
        check_value(rules(RISK_KEY), key, value, since)


def effect_of(proposal: Proposal, progress: Progress) -> Mapping[str, object] | None:
    """How many pieces in use would change from which colour to which, on the day the value comes into force;
    graded by hand they keep theirs."""
    if proposal.category != RISK_KEY:
        return None
    day = max(proposal.since, clock.today())
    others, own = laid_rows(proposal)
    present, proposed = (RiskTable.of(RISK.overlaid(rows), day) for rows in (others, [*others, own]))
    dangers, moved = Dangers(day), Counter[tuple[RiskColour, RiskColour]]()
    first: list[tuple[UUID, RiskColour, RiskColour]] = []
    for ids in piece_ids():
        rows = pieces_in_use(ids)
        before = facts_of(rows, present, dangers)
        same = present.calls_since == proposed.calls_since
        after = before if same else facts_of(rows, proposed, dangers)
        hands = hands_in_force(ids, day)
        for piece in rows:
            old, new = (score(before[piece.id], present).colour, score(after[piece.id], proposed).colour)
            if old is not new and piece.id not in hands:
                moved[old, new] += 1
                if len(first) < SHOWN:
                    first.append((piece.id, old, new))
        progress.done += len(rows)
        progress.check()
        session.rollback()
    named = {one.id: piece_name(one) for one in pieces(SYSTEM, [key for key, _old, _new in first])}
    return {
        "pieces": progress.done,
        "moved": sum(moved.values()),
        "colours": [
            {"before": old, "after": new, "pieces": number}
            for (old, new), number in sorted(
                moved.items(), key=lambda pair: (-pair[0][1].rank, -pair[0][0].rank)
            )
        ],
        "first": [[str(key), named.get(key, ""), old, new] for key, old, new in first],
    }


def follow_value(proposal: Proposal, progress: Progress) -> Mapping[str, object] | None:
    """A value in force grades everything anew; one with a day ahead does so in the night of that day."""
    if proposal.category != RISK_KEY:
        return None
    if proposal.since > clock.today():
        return {"pieces": 0}
    return grade_all(clock.today(), progress)
