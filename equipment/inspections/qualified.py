"""Who tests must be qualified for it (TSG T7008): an approval on file that was in force on the day. A
self-test without one stands, and says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from equipment.inspections.models import Inspection
from equipment.inspections.rules import InspectionKind
from equipment.people.models import Paper
from equipment.people.queries import papers_of
from equipment.people.rules import PaperKind
from equipment.regulation.elevator_numbers import self_test_qualified
from equipment.regulation.packs import Value
from equipment.regulation.queries import rules

APPROVALS = (PaperKind.SELF_TEST_APPROVAL, PaperKind.BODY_APPROVAL)


def unapproved(inspections: Sequence[Inspection]) -> Mapping[UUID, Value]:
    """The self-tests among these for which no approval was on file, by id, each with the rule that asks for
    one."""
    tests = [test for test in inspections if test.kind == InspectionKind.SELF_TEST]
    if not tests:
        return {}
    packs = {category: rules(category) for category in {test.category for test in tests}}
    papers = papers_of({test.organisation_id for test in tests}, APPROVALS)
    approval_rules = {test.id: self_test_qualified(packs[test.category], test.on) for test in tests}
    return {
        test.id: rule
        for test in tests
        if (rule := approval_rules[test.id]) is not None
        and rule.value
        and not _held(papers, test.organisation_id, test.category, test.on)
    }


def unapproved_today(organisation_id: UUID | None, category: str, on: date) -> Value | None:
    """The rule that asks for an approval which this organisation does not have on file for that day: said
    before it records."""
    rule = self_test_qualified(rules(category), on)
    if rule is None or not rule.value or organisation_id is None:
        return None
    return None if _held(papers_of([organisation_id], APPROVALS), organisation_id, category, on) else rule


def _held(papers: Sequence[Paper], organisation_id: UUID, category: str, on: date) -> bool:
    """A paper that names no category holds for all that its kind is about."""
    return any(
        paper.organisation_id == organisation_id
        and paper.valid_from <= on <= paper.valid_until
        and (not paper.covers or category in paper.covers)
        for paper in papers
    )
