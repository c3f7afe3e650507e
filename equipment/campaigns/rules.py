"""专项行动: what a campaign must be before it is issued, which office gets a row, what is drawn, what a check on
site must say. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple
from uuid import UUID

from equipment.campaigns.states import AbsentWhy, CampaignRowState, CampaignSubject, RowDropping
from equipment.core.fields import Fields
from equipment.core.words import N_, Labelled, Message
from equipment.people.rules import OrganisationKind
from equipment.register.rules import EquipmentStatus

CITY, COUNTY, TOWNSHIP = 4, 6, 9  # digits of their codes
MOST_ROWS, MOST_ITEMS = 20_000, 60
NOTE_LENGTH, REASON_LENGTH, TEXT_LENGTH = 500, 300, 500
GONE = (EquipmentStatus.SCRAPPED, EquipmentStatus.CANCELLED, EquipmentStatus.MOVED_OUT)
CHOSEN_STATUSES = (EquipmentStatus.IN_USE, EquipmentStatus.STOPPED, EquipmentStatus.LOCKED)
UNIT_KINDS = (
    OrganisationKind.USE_UNIT,
    OrganisationKind.STATION,
    OrganisationKind.FIRM,
    OrganisationKind.BODY,
)


class ScopeCondition(Labelled):
    """What the register can ask of a piece beside its kind; each under the name of its filter there."""

    HAZCHEM = "hazchem", N_("Related to dangerous chemicals"), "amber"
    OVERDUE = "overdue", N_("Inspection overdue"), "red"
    FAILED = "failed", N_("Failed its last inspection"), "red"
    PAST_LIFE = "past_life", N_("Past its design life"), "red"
    STOP_USE = "stop_use", N_("Under stop-use"), "red"
    UNVERIFIED = "unverified", N_("Particulars to be verified"), "amber"


@dataclass(frozen=True, slots=True)
class CampaignScope:
    """范围: which pieces or units a campaign is about. What is left empty narrows nothing; `areas` empty is
    the whole area of the office that issues it."""

    subject: CampaignSubject = CampaignSubject.PIECES
    categories: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()  # beginnings of catalogue codes: 41 for all of 4100
    media: tuple[str, ...] = ()
    statuses: tuple[str, ...] = (EquipmentStatus.IN_USE.value,)
    unit_kinds: tuple[str, ...] = ()
    areas: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()

    @property
    def asks_for_pieces(self) -> bool:
        """Whether a unit must have a piece to be in it."""
        return bool(self.categories or self.kinds or self.media or self.conditions)

    def stored(self) -> dict[str, object]:
        return {"subject": self.subject.value, **{name: list(getattr(self, name)) for name in SCOPE_LISTS}}

    @classmethod
    def of(cls, stored: Mapping[str, object]) -> CampaignScope:
        fields = Fields(stored)
        return cls(CampaignSubject(fields.text("subject")), *(fields.texts(name) for name in SCOPE_LISTS))


SCOPE_LISTS = ("categories", "kinds", "media", "statuses", "unit_kinds", "areas", "conditions")


class ItemFacts(NamedTuple):
    """An item of the table (检查项目) as it is written."""

    text: str
    rule: str
    rule_text: str
    is_key: bool


class IssueFacts(NamedTuple):
    """What decides whether a campaign can be issued."""

    from_on: date
    until_on: date
    today: date
    items: int
    in_scope: int
    rows: int


def draft_problems(title: str, from_on: date, until_on: date, share: int | None) -> Mapping[str, Message]:
    """What is wrong with a campaign as it is written, by field."""
    wrong: dict[str, Message] = {}
    if not title.strip():
        wrong["title"] = Message(N_("Give the campaign a title."))
    if until_on < from_on:
        wrong["until_on"] = Message(N_("The last day lies before the first."))
    if share is not None and not 1 <= share <= 100:
        wrong["share"] = Message(N_("A share is between 1 and 100 per cent."))
    return wrong


def item_problems(items: Sequence[ItemFacts], rules: Collection[str], other: str) -> Message | None:
    """Why an item table cannot stand; the rules are those that an order may name."""
    if not items:
        return Message(N_("The item table is empty: write at least one item."))
    if len(items) > MOST_ITEMS:
        return Message(N_("At most %(most)s items in one table."), {"most": MOST_ITEMS})
    for number, item in enumerate(items, 1):
        if not item.text.strip():
            return Message(N_("Item %(num)s has no text."), {"num": number})
        if item.rule and item.rule not in rules:
            return Message(N_("Item %(num)s names a rule that is not in the pack."), {"num": number})
        if item.rule == other and not item.rule_text.strip():
            return Message(N_("Item %(num)s: write which other rule and article."), {"num": number})
    return None


def issue_problem(facts: IssueFacts) -> Message | None:
    """Why a campaign cannot be issued today."""
    if facts.until_on < facts.from_on:
        return Message(N_("The last day lies before the first."))
    if facts.until_on < facts.today:
        return Message(N_("The last day has passed already: set another before issuing."))
    if not facts.items:
        return Message(N_("The item table is empty: write at least one item."))
    if not facts.in_scope:
        return Message(N_("Nothing on file is in this scope (0 rows): widen it before issuing."))
    if facts.rows > MOST_ROWS:
        return Message(
            N_("%(rows)s rows are more than one campaign takes (%(most)s): narrow it, or draw a share."),
            {"rows": facts.rows, "most": MOST_ROWS},
        )
    return None


def office_for(area: str, offices: Collection[str], issuer: str) -> str:
    """The office that checks what stands in an area: its 市场监管所; where there is none its county; never one
    above the office that issues."""
    for digits in (TOWNSHIP, COUNTY):
        if area[:digits] in offices and len(area[:digits]) >= len(issuer):
            return area[:digits]
    return issuer


def is_without_office(area: str, office: str) -> bool:
    """Whether it stands in a township whose office is not on file, so that the county has to go."""
    return len(area) > COUNTY and office != area[:TOWNSHIP]


def drawn_number(in_scope: int, share: int | None) -> int:
    """How many of an office's pieces are to be checked: all, or the share, rounded up."""
    return in_scope if share is None else -(-in_scope * share // 100)


def draw_rank(campaign_id: UUID, subject_id: UUID) -> str:
    """The place of a piece in the draw of a campaign: by chance, the same for whoever works it out again."""
    return hashlib.sha256(campaign_id.bytes + subject_id.bytes).hexdigest()


class SubjectNow(NamedTuple):
    """What a row is about, as the register has it now."""

    is_gone: bool  # scrapped, deregistered, moved out; of a unit: no longer active
    area: str
    is_in_scope: bool


def dropping(now: SubjectNow, areas: Collection[str]) -> RowDropping | None:
    """Why an unchecked row leaves the campaign; None while it is still to be checked. `areas` are those that
    the campaign is about."""
    if now.is_gone:
        return RowDropping.SCRAPPED
    if not any(now.area.startswith(area) for area in areas):
        return RowDropping.MOVED_AWAY
    return None if now.is_in_scope else RowDropping.OUT_OF_SCOPE


@dataclass(frozen=True, slots=True)
class SiteCheckFacts:
    """What a check on site says, and what its campaign asks."""

    outcome: CampaignRowState
    failed: Sequence[int]
    items: Collection[int]
    why: AbsentWhy | None


def site_check_problems(facts: SiteCheckFacts) -> Mapping[str, Message]:
    """Everything that keeps a check from being one, by field."""
    wrong: dict[str, Message] = {}
    if facts.outcome is CampaignRowState.FAULTY and not facts.failed:
        wrong["failed"] = Message(N_("Tap the items that are not in order."))
    if facts.outcome is not CampaignRowState.FAULTY and facts.failed:
        wrong["failed"] = Message(N_("Items that are not in order belong to a check with problems."))
    if len(set(facts.failed)) < len(facts.failed) or set(facts.failed) - set(facts.items):
        wrong["failed"] = Message(N_("The item table of this campaign has no such item."))
    if (facts.outcome is CampaignRowState.ABSENT) != (facts.why is not None):
        wrong["why"] = Message(N_("Say why it was not there to be checked."))
    return wrong


def days_left(until_on: date, on: date) -> int:
    """Days until its last day; negative when that has passed."""
    return (until_on - on).days


def share_checked(checked: int, wanted: int) -> int | None:
    """Checked rows of a thousand; None where nothing is wanted."""
    return checked * 1000 // wanted if wanted else None
