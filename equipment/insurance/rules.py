"""保险: what kinds of policies there are, which lifts one covers on a day, and how long a lift is covered
without a gap. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from uuid import UUID

from equipment.core.words import N_, Labelled

SOON_DAYS = 60  # from here on a policy is shown as expiring, as its first reminder goes out
LARGEST_FEN = 10**14


class PolicyKind(Labelled):
    LIABILITY = "liability", N_("Lift safety liability insurance"), "blue"
    COMPREHENSIVE = "comprehensive", N_("Comprehensive insurance with service"), "blue"
    LIFE_LONG = "life_long", N_("Comprehensive insurance for the lift's old age"), "blue"


class Payer(Labelled):
    """Who pays the premium."""

    USE_UNIT = "use_unit", N_("Use unit")
    OWNER = "owner", N_("Owners of the building")
    FIRM = "firm", N_("Maintenance firm")
    INSTALLER = "installer", N_("Installer")
    BODY = "body", N_("Inspection body")
    OTHER = "other", N_("Another payer")


class Cover(Labelled):
    """Which lifts a policy covers: those on its list, or whatever its holder has on the day."""

    LISTED = "listed", N_("The lifts on the list")
    UNIT = "unit", N_("All lifts of the use unit")
    FIRM = "firm", N_("All lifts the firm maintains")


class PolicyState(Labelled):
    """What a policy is worth on a day."""

    COMING = "coming", N_("Not begun yet"), "grey"
    IN_FORCE = "in_force", N_("In force"), "green"
    EXPIRING = "expiring", N_("Expires soon"), "amber"
    RENEWED = "renewed", N_("In force, renewed"), "green"
    EXPIRED = "expired", N_("Policy expired"), "red"
    CANCELLED = "cancelled", N_("Cancelled early"), "red"
    CORRECTED = "corrected", N_("Replaced by a correction"), "grey"


class CaseRecord(Labelled):
    """Which records of a lift a case may name."""

    VISIT = "visit", N_("Maintenance visit")
    HAZARD = "hazard", N_("Hazard")
    CALL = "call", N_("Rescue call")


@dataclass(frozen=True, slots=True)
class PolicyTerms:
    """What decides whom a policy covers and when. `until_on` is its last day; from `cancelled_on` on it
    covers nothing."""

    holder_id: UUID
    cover: Cover
    from_on: date
    until_on: date
    cancelled_on: date | None = None
    listed: frozenset[UUID] = frozenset()

    @property
    def last_on(self) -> date:
        """The last day on which it covers anything."""
        if self.cancelled_on is None:
            return self.until_on
        return min(self.until_on, self.cancelled_on - timedelta(days=1))


@dataclass(frozen=True, slots=True)
class InsuredLift:
    """A lift as the register says today whose it is."""

    id: UUID
    unit_id: UUID | None  # its use unit, or its owner where it has none
    firm_id: UUID | None = None


def covers(terms: PolicyTerms, lift: InsuredLift, on: date) -> bool:
    """Whether the policy covers this lift on that day; what left the unit has left its fleet."""
    if not terms.from_on <= on <= terms.last_on:
        return False
    if terms.cover is Cover.LISTED:
        return lift.id in terms.listed
    return terms.holder_id == (lift.unit_id if terms.cover is Cover.UNIT else lift.firm_id)


def covered_until(policies: Iterable[PolicyTerms], lift: InsuredLift, on: date) -> date | None:
    """The last day up to which the lift is covered without a gap from `on`; None where it is not covered
    then."""
    policies, day = tuple(policies), on
    last: date | None = None
    while running := [terms.last_on for terms in policies if covers(terms, lift, day)]:
        last = max(running)
        day = last + timedelta(days=1)
    return last


def covered_before(policies: Iterable[PolicyTerms], lift: InsuredLift, on: date) -> date | None:
    """The last day before `on` on which the lift was covered; None if it never was."""
    ended = [
        min(terms.last_on, on)
        for terms in policies
        if terms.from_on <= terms.last_on and terms.from_on <= on and covers(terms, lift, terms.from_on)
    ]
    return max(ended, default=None)


def policy_state(terms: PolicyTerms, on: date, *, superseded: bool, renewed: bool) -> PolicyState:
    if superseded:
        return PolicyState.CORRECTED
    if terms.cancelled_on is not None and terms.cancelled_on <= on:
        return PolicyState.CANCELLED
    if on < terms.from_on:
        return PolicyState.COMING
    if on > terms.until_on:
        return PolicyState.EXPIRED
    if renewed:
        return PolicyState.RENEWED
    return PolicyState.EXPIRING if (terms.until_on - on).days <= SOON_DAYS else PolicyState.IN_FORCE


def number_key(number: str) -> str:
    """A policy number without what people leave out or type otherwise: case, spaces, dashes, full width."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", number).upper() if sign.isalnum())


def fen(text: str) -> int | None:
    """An amount in yuan as people write it ("1,000,000", "200万", "￥50.5") in fen; None where it is none."""
    plain = unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", "").lstrip("¥").rstrip("元")
    times = 10_000 if plain.endswith("万") else 1
    digits = plain.removesuffix("万")
    if not re.fullmatch(r"\d{1,12}(\.\d{1,6})?", digits):
        return None
    try:
        amount = Decimal(digits) * times * 100
    except InvalidOperation:  # pragma: no cover
        return None
    return int(amount) if amount == int(amount) and amount <= LARGEST_FEN else None


def yuan(amount: int | None) -> str:
    """An amount in fen as people read it, in yuan."""
    if amount is None:
        return ""
    whole, rest = divmod(amount, 100)
    return f"{whole:,}.{rest:02}" if rest else f"{whole:,}"
