"""The rules of campaigns as tables that an inspector could read."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest

from equipment.campaigns.rules import (
    MOST_ITEMS,
    MOST_ROWS,
    CampaignScope,
    IssueFacts,
    ItemFacts,
    SiteCheckFacts,
    SubjectNow,
    days_left,
    draft_problems,
    draw_rank,
    drawn_number,
    dropping,
    is_without_office,
    issue_problem,
    item_problems,
    office_for,
    share_checked,
    site_check_problems,
)
from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignSubject, RowDropping

R = CampaignRowState
FIRST, LAST = date(2026, 3, 1), date(2026, 6, 30)


@pytest.mark.parametrize(
    ("title", "from_on", "until_on", "share", "wrong"),
    [
        ("起重机械专项", FIRST, LAST, None, set()),
        ("起重机械专项", FIRST, FIRST, 100, set()),  # one day, all drawn
        ("  ", FIRST, LAST, None, {"title"}),
        ("起重机械专项", LAST, FIRST, None, {"until_on"}),
        ("起重机械专项", FIRST, LAST, 0, {"share"}),
        ("起重机械专项", FIRST, LAST, 101, {"share"}),
        ("", LAST, FIRST, -1, {"title", "until_on", "share"}),
    ],
)
def test_what_a_draft_must_be(
    title: str, from_on: date, until_on: date, share: int | None, wrong: set[str]
) -> None:
    assert set(draft_problems(title, from_on, until_on, share)) == wrong


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([ItemFacts("标志", "law_40", "", True)], None),
        ([ItemFacts("标志", "", "", True)], None),  # an item may name no rule
        ([ItemFacts("标志", "other", "TSG 23", False)], None),
        ([], "The item table is empty: write at least one item."),
        ([ItemFacts("标志", "", "", False), ItemFacts(" ", "", "", False)], "Item %(num)s has no text."),
        ([ItemFacts("标志", "law_1", "", False)], "Item %(num)s names a rule that is not in the pack."),
        ([ItemFacts("标志", "other", " ", False)], "Item %(num)s: write which other rule and article."),
        ([ItemFacts("标志", "", "", False)] * (MOST_ITEMS + 1), "At most %(most)s items in one table."),
    ],
)
def test_what_an_item_table_must_be(items: list[ItemFacts], text: str | None) -> None:
    problem = item_problems(items, {"law_40", "other"}, "other")
    assert (problem.msgid if problem else None) == text


@pytest.mark.parametrize(
    ("facts", "begins"),
    [
        (IssueFacts(FIRST, LAST, FIRST, 3, 40, 40), ""),
        (IssueFacts(FIRST, LAST, LAST, 3, 40, 4), ""),  # on its last day still
        (IssueFacts(LAST, FIRST, FIRST, 3, 40, 40), "The last day lies before the first."),
        (IssueFacts(FIRST, LAST, date(2026, 7, 1), 3, 40, 40), "The last day has passed already"),
        (IssueFacts(FIRST, LAST, FIRST, 0, 40, 40), "The item table is empty"),
        (IssueFacts(FIRST, LAST, FIRST, 3, 0, 0), "Nothing on file is in this scope (0 rows)"),
        (IssueFacts(FIRST, LAST, FIRST, 3, MOST_ROWS + 1, MOST_ROWS), ""),
        (IssueFacts(FIRST, LAST, FIRST, 3, MOST_ROWS + 1, MOST_ROWS + 1), "%(rows)s rows are more"),
    ],
)
def test_when_a_campaign_can_be_issued(facts: IssueFacts, begins: str) -> None:
    problem = issue_problem(facts)
    assert (problem is None) == (begins == "")
    assert problem is None or problem.msgid.startswith(begins)


OFFICES = {"6204", "620402", "620402001", "620403"}


@pytest.mark.parametrize(
    ("area", "issuer", "office", "without"),
    [
        ("620402001", "6204", "620402001", False),
        ("620402001003", "6204", "620402001", False),  # a village belongs to its township
        ("620402002", "6204", "620402", True),  # no office there: the county goes
        ("620402", "6204", "620402", False),  # of no township
        ("620421005", "6204", "6204", True),  # neither office nor county: who issues
        ("620402002", "620402", "620402", True),
        ("620403001", "620403", "620403", True),
        ("6204", "6204", "6204", False),
    ],
)
def test_which_office_gets_a_row(area: str, issuer: str, office: str, without: bool) -> None:
    assert office_for(area, OFFICES, issuer) == office
    assert is_without_office(area, office) is without


def test_a_county_never_sends_a_row_above_itself() -> None:
    assert office_for("620402002", {"6204"}, "620402") == "620402"


@pytest.mark.parametrize(
    ("in_scope", "share", "drawn"),
    [(0, None, 0), (7, None, 7), (7, 100, 7), (7, 50, 4), (1, 1, 1), (200, 1, 2), (201, 1, 3), (0, 5, 0)],
)
def test_a_share_is_rounded_up_in_each_office(in_scope: int, share: int | None, drawn: int) -> None:
    assert drawn_number(in_scope, share) == drawn


def test_a_draw_is_the_same_for_whoever_works_it_out_again() -> None:
    one, other = UUID(int=1), UUID(int=2)
    assert draw_rank(one, other) == draw_rank(one, other)
    assert draw_rank(one, other) != draw_rank(other, one)


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (SubjectNow(False, "620402001", True), None),
        (SubjectNow(True, "620402001", False), RowDropping.SCRAPPED),
        (SubjectNow(True, "620499", False), RowDropping.SCRAPPED),
        (SubjectNow(False, "620499", True), RowDropping.MOVED_AWAY),
        (SubjectNow(False, "620402", False), RowDropping.OUT_OF_SCOPE),
    ],
)
def test_why_a_row_leaves_a_campaign(now: SubjectNow, why: RowDropping | None) -> None:
    assert dropping(now, ("620402",)) is why


@pytest.mark.parametrize(
    ("outcome", "failed", "why", "wrong"),
    [
        (R.SOUND, [], None, set()),
        (R.FAULTY, [2], None, set()),
        (R.FAULTY, [1, 3], None, set()),
        (R.ABSENT, [], AbsentWhy.REMOVED, set()),
        (R.SOUND, [1], None, {"failed"}),
        (R.FAULTY, [], None, {"failed"}),
        (R.FAULTY, [4], None, {"failed"}),
        (R.FAULTY, [1, 1], None, {"failed"}),
        (R.ABSENT, [], None, {"why"}),
        (R.SOUND, [], AbsentWhy.STOPPED, {"why"}),
        (R.ABSENT, [1], None, {"failed", "why"}),
    ],
)
def test_what_a_check_on_site_must_say(
    outcome: CampaignRowState, failed: list[int], why: AbsentWhy | None, wrong: set[str]
) -> None:
    assert set(site_check_problems(SiteCheckFacts(outcome, failed, {1, 2, 3}, why))) == wrong


def test_days_and_shares() -> None:
    assert (days_left(LAST, LAST), days_left(LAST, date(2026, 7, 2))) == (0, -2)
    assert (share_checked(1, 3), share_checked(3, 3), share_checked(0, 0)) == (333, 1000, None)


def test_a_scope_is_stored_and_read_back() -> None:
    scope = CampaignScope(
        CampaignSubject.UNITS,
        ("crane",),
        ("41", "42"),
        (),
        ("in_use",),
        ("use_unit",),
        ("620402",),
        ("hazchem",),
    )
    assert CampaignScope.of(scope.stored()) == scope
    assert (scope.asks_for_pieces, CampaignScope().asks_for_pieces) == (True, False)
