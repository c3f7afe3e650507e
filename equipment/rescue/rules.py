"""应急救援, decided without a database: what is a rescue code and a telephone number, when a duty phone counts as
confirmed, what a lift still lacks, and when a drill is due. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from equipment.core.months import add_months
from equipment.core.words import N_, Labelled, Message
from equipment.people.codes import plain
from equipment.people.rules import OrganisationKind

FIRE = "119"  # the last level everywhere: fire and rescue
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(0(?:10|2\d|[3-9]\d{2}))(\d{7,8})")
SERVICE = re.compile(r"[48]00\d{7}")
SHORT = re.compile(r"(?:1[12]\d|1[02]\d{3}|9\d{4,5})")  # 119, 12345, 96333
LOCAL = re.compile(r"[2-9]\d{6,7}")
SOON_DAYS = 14  # a confirmation that ends within so many days is to be renewed: the first reminder goes out
FILLERS = re.compile(r"[\s\-－—–()（）.]+")


class ConfirmedHow(Labelled):
    """How somebody made sure that a duty phone is answered."""

    CALLED_BACK = "called_back", N_("Called back by the bureau"), "green"
    CENTRE = "centre", N_("Called back by the rescue centre"), "green"
    OWN = "own", N_("Stated by its own organisation, signed in"), "blue"


class PhoneState(Labelled):
    """What a duty phone is worth on a day."""

    CONFIRMED = "confirmed", N_("Number confirmed"), "green"
    SOON = "soon", N_("To be confirmed again soon"), "amber"
    EXPIRED = "expired", N_("Confirmation has run out"), "red"
    NEVER = "never", N_("Not confirmed"), "red"
    NOT_COUNTED = "not_counted", N_("Confirmed in a way that does not count"), "amber"


class RescueLevel(Labelled):
    """三级救援: who is called one after the other."""

    FIRST = "first", N_("Level 1: on the spot"), "blue"
    SECOND = "second", N_("Level 2: rescue station nearby"), "blue"
    THIRD = "third", N_("Level 3: fire and rescue"), "red"


class Lacking(Labelled):
    """Why a vertical lift in use is not covered by the platform."""

    NO_PLATFORM = "no_platform", N_("The city's platform is not set"), "red"
    NO_CODE = "no_code", N_("No rescue code"), "red"
    BAD_CODE = "bad_code", N_("Rescue code of the wrong length"), "amber"
    SHARED_CODE = "shared_code", N_("Another lift has the same rescue code"), "red"
    NO_FIRM = "no_firm", N_("No maintenance firm"), "red"
    NO_PHONE = "no_phone", N_("The firm has no duty phone"), "red"
    UNCONFIRMED = "unconfirmed", N_("The firm's duty phone is not confirmed"), "amber"


class DrillKind(Labelled):
    """What a drill is held for: 类别 of the catalogue, as "each kind of lift" of a firm is read, the whole of
    a filling station, or what a use unit runs."""

    TRACTION = "31", N_("Traction and positive-drive lifts")
    HYDRAULIC = "32", N_("Hydraulic lifts")
    STEPPED = "33", N_("Escalators and moving walks")
    OTHER = "34", N_("Other types of lifts")
    STATION = "station", N_("Filling station")
    UNIT = "unit", N_("Equipment of the use unit")


# Who drills, and for what. How often a use unit drills is written nowhere that was read: it has no duty.
DRILLED: dict[OrganisationKind, tuple[DrillKind, ...]] = {
    OrganisationKind.FIRM: (DrillKind.TRACTION, DrillKind.HYDRAULIC, DrillKind.STEPPED, DrillKind.OTHER),
    OrganisationKind.STATION: (DrillKind.STATION,),
    OrganisationKind.USE_UNIT: (DrillKind.UNIT,),
}
LIFTS = frozenset(DRILLED[OrganisationKind.FIRM])


class RescueDueKind(Labelled):
    """Duties of organisations that this slice plans."""

    DRILL = "drill", N_("Emergency drill"), "blue"


class Scenario(Labelled):
    """What a drill plays."""

    TRAPPED = "trapped", N_("People trapped in the car")
    POWER_CUT = "power_cut", N_("Power cut")
    FLOOD = "flood", N_("Water in the pit")
    FIRE = "fire", N_("Fire")
    LEAK = "leak", N_("Leak of a gas or medium")
    ESCALATOR = "escalator", N_("Somebody caught by an escalator")
    OTHER = "other", N_("Other")


# What each can play, the usual one first; a use unit may run anything.
PLAYED: dict[OrganisationKind, tuple[Scenario, ...]] = {
    OrganisationKind.FIRM: tuple(scenario for scenario in Scenario if scenario is not Scenario.LEAK),
    OrganisationKind.STATION: (
        Scenario.LEAK,
        Scenario.FIRE,
        Scenario.POWER_CUT,
        Scenario.FLOOD,
        Scenario.OTHER,
    ),
    OrganisationKind.USE_UNIT: tuple(Scenario),
}


def plain_number(text: str) -> str:
    """A telephone number as it is compared: its digits alone, without +86."""
    return re.sub(r"^(?:\+|00)86", "", FILLERS.sub("", plain(text)))


def phone_fault(text: str) -> Message | None:
    """Why a text is no telephone number that anybody here can dial; None where it is one."""
    digits = plain_number(text)
    if not digits:
        return Message(N_("Enter a telephone number."))
    if not digits.isascii() or not digits.isdigit():
        return Message(N_("A telephone number has digits only, and a hyphen after the area code."))
    if any(kind.fullmatch(digits) for kind in (MOBILE, LANDLINE, SERVICE, SHORT)):
        return None
    if LOCAL.fullmatch(digits):
        return Message(N_("Write the area code before the number, like 0943-8220000."))
    if digits.startswith("1") and len(digits) != 11 and len(digits) > 6:
        return Message(N_("A mobile number has 11 digits; this one has %(count)d."), {"count": len(digits)})
    return Message(
        N_("This is no telephone number: enter a mobile number, or a landline with its area code.")
    )


def spelt_phone(digits: str) -> str:
    """A number as people read it: 0943-8220000, 400-123-4567."""
    if landline := LANDLINE.fullmatch(digits):
        return f"{landline[1]}-{landline[2]}"
    if SERVICE.fullmatch(digits):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    return digits


def code_fault(code: str, digits: int | None, usual: Iterable[int]) -> Message | None:
    """Why a text is no rescue code: it has the city's number of digits, before that is set one of the usual
    numbers."""
    allowed = [digits] if digits else sorted(usual)
    if code.isascii() and code.isdigit() and len(code) in allowed:
        return None
    numbers = "/".join(map(str, allowed))
    if not code.isascii() or not code.isdigit():
        text = N_("A rescue code has digits only (%(numbers)s of them).")
        return Message(text, {"numbers": numbers})
    text = N_("A rescue code of this city has %(numbers)s digits; this one has %(count)d.")
    return Message(text, {"numbers": numbers, "count": len(code)})


def phone_state(how: ConfirmedHow | None, until: date, counted: Iterable[str], on: date) -> PhoneState:
    """What a phone is worth that was confirmed in this way and until that day."""
    if how is None:
        return PhoneState.NEVER
    if how not in set(counted):
        return PhoneState.NOT_COUNTED
    if until < on:
        return PhoneState.EXPIRED
    return PhoneState.SOON if (until - on).days <= SOON_DAYS else PhoneState.CONFIRMED


@dataclass(frozen=True, slots=True)
class DrillClock:
    """The three moments of a drill - of a station or use unit: alarm, first help and end -; each may be left
    out, and none comes before the one before it."""

    called_at: datetime | None = None
    arrived_at: datetime | None = None
    released_at: datetime | None = None

    @property
    def is_in_order(self) -> bool:
        moments = [at for at in (self.called_at, self.arrived_at, self.released_at) if at]
        return moments == sorted(moments)

    @property
    def arrival_minutes(self) -> int | None:
        return _minutes(self.called_at, self.arrived_at)

    @property
    def release_minutes(self) -> int | None:
        return _minutes(self.arrived_at, self.released_at)


def _minutes(since: datetime | None, until: datetime | None) -> int | None:
    return None if since is None or until is None else round((until - since).total_seconds() / 60)


def next_drill(last_on: date | None, known_on: date, months: int) -> tuple[date, date]:
    """(the day from which it is counted, the day by which the next drill is held): so many months after the
    last, the first time after the day since which the system knows of the duty."""
    begins = last_on or known_on
    return begins, add_months(begins, months)
