"""The rule packs with the bureau's rows laid over them, and the bureau's choices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy import func, select

from equipment.core.fields import Fields
from equipment.core.geo import Datum
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.choices import BY_KEY, Question
from equipment.regulation.clauses import Grade
from equipment.regulation.models import Choice, RuleOverride
from equipment.regulation.packs import Applies, Override, Regulation
from equipment.regulation.presence_grades import PresenceGrade
from equipment.regulation.risk_numbers import RISK, RISK_KEY
from equipment.storage.db import session
from equipment.storage.remembered import OncePerTransaction

# By category, and the table of risk colours, which the bureau sets likewise.
PACKS = {**{category.key: category.regulation for category in CATEGORIES}, RISK_KEY: RISK}
_overlaid: dict[str, tuple[Version, Regulation, Regulation]] = {}


class Version(NamedTuple):
    """How many rows the bureau has for a category, and when the newest was made."""

    rows: int = 0
    newest: datetime | None = None


def _read_versions() -> dict[str, Version]:
    counted = select(RuleOverride.category, func.count(), func.max(RuleOverride.confirmed_at))
    rows = session.execute(counted.group_by(RuleOverride.category))
    return {category: Version(count, newest) for category, count, newest in rows}


_versions = OncePerTransaction(_read_versions)


def rules(category_key: str) -> Regulation:
    """The category's rule pack with the bureau's own values and confirmations; made anew only when one was
    added."""
    pack = PACKS[category_key]
    version = _versions().get(category_key, Version())
    cached = _overlaid.get(category_key)
    if cached and cached[0] == version and cached[1] is pack:
        return cached[2]
    laid = pack.overlaid(as_override(row) for row in overrides(category_key)) if version.rows else pack
    _overlaid[category_key] = (version, pack, laid)
    return laid


def overrides(category_key: str, key: str = "") -> Sequence[RuleOverride]:
    """The bureau's rows, oldest first; a later row of the same key and day replaces the earlier one."""
    rows = (
        select(RuleOverride)
        .where(RuleOverride.category == category_key)
        .order_by(RuleOverride.confirmed_at, RuleOverride.id)
    )
    return session.scalars(rows.where(RuleOverride.key == key) if key else rows).all()


def as_override(row: RuleOverride) -> Override:
    stated = Fields(row.value or {})
    applies = Applies(stated.text("applies", Applies.AT_ONCE))
    return Override(row.key, row.since, stated.get("value"), row.cite, str(row.confirmed_by), row.of, applies)


class ChoiceForAll(NamedTuple):
    """A choice of the bureau that holds for everybody."""

    since: date
    value: object
    cite: str


NEWEST = (Choice.since.desc(), Choice.chosen_at.desc(), Choice.id.desc())


def _read_choices_for_all() -> dict[str, list[ChoiceForAll]]:
    """By question, newest first."""
    choices_for_all = select(Choice.key, Choice.since, Choice.value, Choice.cite).where(Choice.subject == "")
    by_question: dict[str, list[ChoiceForAll]] = defaultdict(list)
    for key, since, value, cite in session.execute(choices_for_all.order_by(*NEWEST)):
        by_question[key].append(ChoiceForAll(since, value["value"], cite))
    return by_question


_choices_for_all = OncePerTransaction(_read_choices_for_all)


def _choice_for_all(key: str, on: date) -> ChoiceForAll | None:
    newest_first = _choices_for_all().get(key, ())
    return next((row for row in newest_first if row.since <= on), None)


def choice(key: str, on: date, subject: str = "") -> object:
    """What the bureau chose for that day: for the subject itself, else for all, else the default of the
    question."""
    if subject:
        of_subject = select(Choice.value).where(Choice.key == key, Choice.subject == subject)
        value = session.scalar(of_subject.where(Choice.since <= on).order_by(*NEWEST).limit(1))
        if value is not None:
            return value["value"]
    for_all = _choice_for_all(key, on)
    return for_all.value if for_all else BY_KEY[key].default


def _number(chosen: object) -> int:
    if isinstance(chosen, int):
        return chosen
    raise TypeError(f"{chosen!r} is not a whole number")


def finding_confirms_days(on: date) -> int:
    """Days until a finding must be decided; after that it is 逾期未研判 and stands beside the rate."""
    return _number(choice("finding_confirms_days", on))


def rectify_days(grade: Grade, on: date) -> int:
    """Days to put a hazard of this grade right, unless its supervisor sets another day."""
    return _number(choice(f"rectify_days_{grade}", on))


def opinion_feedback_days(on: date) -> int:
    """Days to answer a 检验意见通知书, as proposed to the inspector."""
    return _number(choice("opinion_feedback_days", on))


def walk_opens_on(on: date) -> int | None:
    """The day of the month on which rounds of the overdue list open by themselves; None for never."""
    chosen = str(choice("walk_opens_on", on))
    return int(chosen) if chosen else None


def walk_days(on: date) -> int:
    """Days in which an office walks its overdue list."""
    return _number(choice("walk_days", on))


def walk_takes_unknown(on: date) -> bool:
    """Whether pieces without any known inspection are in the rounds that open by themselves."""
    return choice("walk_unknown", on) == "included"


def delay_months(on: date) -> int:
    """The longest delay of a due that is believed."""
    return _number(choice("delay_months", on))


def one_time_days(on: date) -> int:
    """Days for which a one-time password lets its person in."""
    return _number(choice("one_time_days", on))


def pass_hours(on: date) -> int:
    """Hours for which a station may fill by a list, without a network."""
    return _number(choice("pass_hours", on))


def custody_allowed(on: date) -> bool:
    """Whether a station may fill bottles that it keeps for somebody else; not as shipped."""
    return choice("custody", on) == "allowed"


def one_person_allowed(on: date) -> bool:
    """Whether a contract may have one technician where the pack asks for more."""
    return choice("one_person", on) == "allowed"


def on_demand_pilot(on: date) -> str | None:
    """The document that has opened a pilot of maintenance on demand here; None while there is none, as
    shipped."""
    if choice("on_demand_pilot", on) != "allowed":
        return None
    pilot = _choice_for_all("on_demand_pilot", on)
    return pilot.cite if pilot else None


def transfer_days(on: date) -> int:
    """Days in which the other side answers a transfer of bottles."""
    return _number(choice("transfer_days", on))


def change_registration_days(on: date) -> int:
    """Days in which the change of registration follows a transfer."""
    return _number(choice("change_registration_days", on))


def public_report_days(on: date) -> int:
    """Days until a public report is answered."""
    return _number(choice("public_report_days", on))


def default_datum(on: date) -> Datum:
    """The datum of coordinates that name none."""
    return Datum(str(choice("default_datum", on)))


def rescue_in_counties(on: date) -> bool:
    """Whether the longer time of areas without districts holds in counties; not as shipped."""
    return choice("rescue_arrival", on) == "districts"


def counted_grades(on: date) -> tuple[PresenceGrade, ...]:
    """The proofs of presence that count as maintenance by swipe, the best first."""
    chosen = choice("counted_grades", on)
    keys = chosen if isinstance(chosen, list) else []
    return tuple(grade for grade in PresenceGrade if grade and str(grade) in keys)


def province_swipe_settles(on: date) -> bool:
    """Whether a visit from the province's export settles a duty where its class is stated; not as shipped."""
    return choice("province_swipe_settles", on) == "class"


def key_photo_needed(on: date) -> bool:
    """Whether a key item without a photo is incomplete; only flagged as shipped."""
    return choice("key_photo", on) == "needed"


def official_rate(on: date) -> str:
    """The key of the definition that the bureau chose for the hazard rate; empty before it chose."""
    return str(choice("official_rate", on) or "")


def score_adopted(on: date) -> bool:
    """Whether the score of maintenance firms counts, and firms may see it."""
    return choice("score_adopted", on) == "adopted"


def registration_forms_confirmed(on: date) -> bool:
    """Whether the authority has accepted the registration forms as they are printed."""
    return choice("registration_forms", on) == "confirmed"


def transition_days(on: date, subject: str) -> dict[str, date]:
    """Until which day reasons in transition only warn at this station, by their codes."""
    chosen = Fields({"days": choice("fill_transition", on, subject)}).table("days")
    return {code: chosen.day(code) for code in chosen}


def choices() -> Sequence[Choice]:
    """Every choice ever made, newest first: the history nobody can erase."""
    return session.scalars(select(Choice).order_by(*NEWEST)).all()


def in_force(question: Question, newest_first: Sequence[Choice], on: date) -> object:
    """What holds for all on that day, out of the choices made for this question."""
    values = (row.value["value"] for row in newest_first if not row.subject and row.since <= on)
    return next(values, question.default)
