"""The life of a cylinder (气瓶): next inspection, end of design life, and until when it may be filled."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from functools import partial

from equipment.core.months import add_months, month_text, years_text
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Message
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_interval import Interval, Since, inspection_interval
from equipment.regulation.cylinder_words import Edition, Use, Variety
from equipment.regulation.day_one import by_report, from_paper, is_known, to_settle
from equipment.regulation.gases import gas
from equipment.regulation.horizon import in_time
from equipment.regulation.packs import Regulation, Value
from equipment.regulation.planning import DueKind, Life, Origin, Planned, last_valid_day

STAMP = "气瓶制造钢印"
RING_NOT_READ = Message(
    N_("No inspection on record: read the ring of the bottle by %(until)s; it is not filled before")
)
LIFE_NOT_STAMPED = Message(N_("The design life is not on file: read it from the stamp by %(until)s"))
DAY_NOT_KNOWN = Message(N_("The day of manufacture is not on file: read it from the stamp by %(until)s"))


def cylinder_plan(rules: Regulation, life: Life, on: date) -> tuple[Planned, ...]:
    """Next inspection and end of life; nothing while the cylinder is out of use."""
    return in_time(partial(_duties, rules), life, on)


def _duties(rules: Regulation, life: Life, on: date) -> list[Planned]:
    planned = (
        _next_inspection(rules, life, on),
        end_of_life(rules, life, on) or _life_not_known(rules, life, on),
    )
    return [duty for duty in planned if duty is not None]


def last_fill_day(inspected_until: date | None, end_of_life_on: date | None) -> date | None:
    """The last day a cylinder with these days on file may be filled; None when neither is known."""
    return min(filter(None, (inspected_until, end_of_life_on)), default=None)


def _next_inspection(rules: Regulation, life: Life, on: date) -> Planned | None:
    details = _own(life)
    rules = rules.counted_from(_counted_from(life, details)[1])
    interval = inspection_interval(rules, details, on)
    cite = interval.value.citation
    failed, passed = life.failed(DueKind.INSPECTION), life.last_passed(DueKind.INSPECTION)
    if failed is not None:
        why = Message(
            N_("Inspection on %(since)s was not passed: pass one before further use"),
            {"since": failed.on.isoformat()},
        )
        return Planned(DueKind.INSPECTION, failed.on, None, cite, why, Origin.FAILED)
    idle = _back_from_idleness(life, interval)
    if idle is not None:
        why = Message(
            N_(
                "Out of use %(start)s to %(until)s, "
                "longer than one interval of %(years)s years: inspect before use"
            ),
            {
                "start": idle[0].isoformat(),
                "until": idle[1].isoformat(),
                "years": years_text(interval.months),
            },
        )
        return Planned(DueKind.INSPECTION, idle[1], None, cite, why)
    by_rule = _counted(rules, life, interval, on)
    if passed is None and by_rule is not None and not is_known(life, by_rule.due_on):
        by_rule = None
    return (
        from_paper(rules, life, by_rule, cite, on)
        or by_report(rules, life, by_rule, cite, on)
        or by_rule
        or to_settle(rules, life, DueKind.INSPECTION, RING_NOT_READ, on)
    )


def _counted(rules: Regulation, life: Life, interval: Interval, on: date) -> Planned | None:
    """One interval after the last inspection, the installation or the day of manufacture."""
    cite = interval.value.citation
    since, base = _counted_from(life, _own(life))
    if base is None:
        return None
    due = last_valid_day(rules, add_months(base, interval.months), on)
    params = {
        "since": month_text(base),
        "years": years_text(interval.months),
        "due": month_text(add_months(base, interval.months)),
    }
    return Planned(DueKind.INSPECTION, due, None, cite, Message(interval.wording(since), params))


def _counted_from(life: Life, details: CylinderDetails) -> tuple[Since, date | None]:
    passed = life.last_passed(DueKind.INSPECTION)
    if passed is not None:
        return Since.INSPECTED, passed.on
    if details.variety.vehicle and life.base_on is not None:
        return Since.INSTALLED, life.base_on
    return Since.MANUFACTURED, life.made_on


def _back_from_idleness(life: Life, interval: Interval) -> tuple[date, date] | None:
    """The latest ended stop longer than one interval without an inspection since it began to be too long."""
    passed = life.last_passed(DueKind.INSPECTION)
    for start, until in sorted(life.stops, reverse=True):
        if until is None:
            continue
        too_long = add_months(start, interval.months)
        if until > too_long and (passed is None or passed.on < too_long):
            return start, until
    return None


def end_of_life(rules: Regulation, life: Life, on: date) -> Planned | None:
    """The last day of the design life: the stamp first, then the edition and variety, prolonged once where
    approved."""
    details, rules = _own(life), rules.counted_from(life.made_on)
    if life.made_on is None:
        return None
    years, value = _design_life(rules, details, life.made_on, on)
    if years is None:
        return None
    stamp = Citation(STAMP, since=life.made_on, confidence=Confidence.SEEN, pack=rules.pack)
    cite = value.citation if value is not None else stamp
    ends = add_months(life.made_on, years * 12)
    wording = (
        N_("Made %(since)s, design life %(years)s years → %(due)s")
        if value is not None
        else N_("Made %(since)s, stamped design life %(years)s years → %(due)s")
    )
    planned = Planned(
        DueKind.END_OF_LIFE,
        last_valid_day(rules, ends, on),
        None,
        cite,
        Message(wording, {"since": month_text(life.made_on), "years": str(years), "due": month_text(ends)}),
    )
    return _prolonged(rules, life, planned, on)


def _life_not_known(rules: Regulation, life: Life, on: date) -> Planned | None:
    """When its life ends cannot be told: the stamp must be read."""
    why = DAY_NOT_KNOWN if life.made_on is None else LIFE_NOT_STAMPED
    return to_settle(rules, life, DueKind.END_OF_LIFE, why, on)


def _design_life(
    rules: Regulation, details: CylinderDetails, made_on: date, on: date
) -> tuple[int | None, Value | None]:
    """Years and the rule they come from; no rule for a stamp, no years where only a stamp could tell."""
    if details.design_life_years is not None:
        return details.design_life_years, None
    row_key = _life_row(rules, details, made_on, on)
    value = numbers.service_life_years(rules, row_key, on)
    return (value.integer, value) if value is not None else (None, None)


def _life_row(rules: Regulation, details: CylinderDetails, made_on: date, on: date) -> str:
    if details.variety is Variety.LPG:
        return f"lpg.{edition_of(rules, details, made_on) or 'unstated'}"
    if details.variety is Variety.VEHICLE_CNG:
        return "taxi_cng" if details.use is Use.TAXI else _vehicle_cng_row(rules, details, made_on)
    corrosive = any(gas(rules, code, on).corrosive for code in details.gas_codes)
    if details.variety in (Variety.SEAMLESS, Variety.WELDED) and (corrosive or details.use.harsh):
        return "harsh"
    return details.variety.value


def _vehicle_cng_row(rules: Regulation, details: CylinderDetails, made_on: date) -> str:
    """GB 17258-1998 has its scrap age in another standard, of which no number is known here: then only the
    stamp tells. The standard noted goes before the day of manufacture."""
    standard = (details.standard or "").replace(" ", "").upper()
    if standard.startswith("GB17258-"):
        return "vehicle_cng_1998" if standard == "GB17258-1998" else Variety.VEHICLE_CNG.value
    by_day = numbers.vehicle_cng_edition(rules, made_on)
    return by_day.text if by_day is not None else Variety.VEHICLE_CNG.value


def edition_of(rules: Regulation, details: CylinderDetails, made_on: date) -> Edition | None:
    """The noted edition of the LPG standard, else the one in force when it was made; None where that is not
    known."""
    if details.edition is not None:
        return details.edition
    by_day = numbers.lpg_edition(rules, made_on)
    return Edition(by_day.text) if by_day is not None else None


def _prolonged(rules: Regulation, life: Life, planned: Planned, on: date) -> Planned:
    """The life after an approved assessment: once, and never beyond what the rules allow."""
    approved: Iterable[date] = (
        extension.until for extension in life.extensions if extension.kind is DueKind.END_OF_LIFE
    )
    until = max(approved, default=None)
    if until is None or until <= planned.due_on:
        return planned
    details = _own(life)
    assert life.made_on is not None  # only a known day of manufacture gives a life to prolong
    ceiling = numbers.life_extension_months(rules, _life_row(rules, details, life.made_on, on), on)
    months = ceiling.integer if ceiling is not None else inspection_interval(rules, details, on).months
    last = min(until, last_valid_day(rules, add_months(planned.due_on, months), on))
    why = Message(
        N_("Design life ended %(due)s; further use approved until %(until)s"),
        {"due": month_text(planned.due_on), "until": month_text(last)},
    )
    return Planned(
        DueKind.END_OF_LIFE, last, None, ceiling.citation if ceiling is not None else planned.citation, why
    )


def _own(life: Life) -> CylinderDetails:
    if isinstance(life.details, CylinderDetails):
        return life.details
    raise TypeError(f"{type(life.details).__name__} are not the details of a cylinder")
