"""Every number of the cylinder pack: one typed accessor for each key or family of keys, and nothing else
names a key of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import NamedTuple

from equipment.core.fields import Fields
from equipment.regulation.packs import Regulation, Value


def operator_certificate(rules: Regulation, on: date) -> str:
    """The certificate code that a filler needs."""
    return rules.value("operator_certificate", on).text


def head_mark_from(rules: Regulation, on: date) -> date | None:
    """LPG cylinders made from this day on carry the filling unit's mark on the head (R12); None while no such
    rule is in force."""
    stated = rules.find("head_mark_from", on)
    return stated.day if stated is not None else None


def unfinished_after(rules: Regulation, on: date) -> timedelta:
    """How long a fill may wait for its result before it counts as unfinished (未完成)."""
    return timedelta(minutes=rules.value("unfinished_after_minutes", on).integer)


def refill_after(rules: Regulation, on: date) -> timedelta:
    """For how long after a fill the same cylinder is filled again only with a reason."""
    return timedelta(minutes=rules.value("refill_after_minutes", on).integer)


def public_fill_days(rules: Regulation, on: date) -> int:
    """After how many days the public page calls a fill long ago."""
    return rules.value("public_fill_days", on).integer


def treated_by_two(rules: Regulation, on: date) -> frozenset[str]:
    """The reasons that one person alone does not lift from a cylinder (已处置): a second one stands for it."""
    return frozenset(rules.value("treated_by_two", on).texts)


def checked_by_another(rules: Regulation, on: date) -> frozenset[str]:
    """The fill groups in which somebody else than the filler looks a cylinder over before filling."""
    return frozenset(group for group, value in rules.under("checked_by_another", on).items() if value.value)


def rechecked_by_another(rules: Regulation, on: date) -> frozenset[str]:
    """The fill groups in which somebody else than the filler checks and re-weighs after filling."""
    return frozenset(group for group, value in rules.under("rechecked_by_another", on).items() if value.value)


def label_warnings(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The words of warning on a fill label by the property of a gas, in both languages."""
    return rules.under("label_warning", on)


def clock_drift(rules: Regulation, on: date) -> timedelta:
    """How far a scanning device's clock may be off before its scans are flagged."""
    return timedelta(seconds=rules.value("clock_drift_seconds", on).integer)


def clock_believable(rules: Regulation, on: date) -> timedelta:
    """A device's day farther off than this is judged on by nobody: its clock is broken."""
    return timedelta(days=rules.value("clock_believable_days", on).integer)


def late_entry_reach(rules: Regulation, on: date) -> timedelta:
    """How far back a paper record may be entered (补录): an older one is no record of a power cut any more."""
    return timedelta(days=rules.value("late_entry_days", on).integer)


def gas_stated(rules: Regulation, code: str, on: date) -> Value:
    """Names, fill group and properties of a gas."""
    return rules.value(f"gas.{code}", on)


def gas_codes(rules: Regulation, on: date) -> tuple[str, ...]:
    """Every gas of the pack, in its order."""
    return tuple(rules.under("gas", on))


def pre_fill_stated(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The items looked at before a fill, by code."""
    return rules.under("pre_fill", on)


def post_fill_stated(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The items looked at after a fill, by code."""
    return rules.under("post_fill", on)


def refusals_stated(rules: Regulation, on: date) -> Mapping[str, Value]:
    """The reasons to refuse a fill, by code."""
    return rules.under("refusal", on)


def refusal_stated(rules: Regulation, code: str, on: date) -> Value:
    """The reason to refuse of that code: its text, effect and what it applies to."""
    return rules.value(f"refusal.{code}", on)


def override_open(rules: Regulation, on: date) -> bool:
    """Whether the bureau lets two people set a refusal aside (人工放行)."""
    return bool(rules.value("override_allowed", on).value)


def lpg_model(rules: Regulation, model: str, on: date) -> Value | None:
    """Volume, charge, tare and wall of an LPG model."""
    return rules.find(f"lpg_model.{model}", on)


def charge_rounding_g(rules: Regulation, on: date) -> int:
    """Charges are rounded down to a multiple of this; a bureau that sets 0 wants nothing rounded."""
    return rules.integer("charge.rounding_g", on) or 1


def acetylene_g_per_l(rules: Regulation, on: date) -> Value:
    """Grams of acetylene per litre of a cylinder that were all pores."""
    return rules.value("charge.acetylene_g_per_l", on)


def coefficient(rules: Regulation, medium: str, on: date) -> Value | None:
    """The filling coefficient (充装系数) of a liquefied gas: rows of `from_kpa` and `g_per_l`."""
    return rules.find(f"coefficient.{medium}", on)


def fill_pressure_reference_c(rules: Regulation, on: date) -> Value:
    """At which temperature a gauge shows the nominal working pressure of a compressed gas."""
    return rules.value("fill_pressure.reference_c", on)


def fill_pressure_capped(rules: Regulation, on: date) -> bool:
    """Whether a warm gas, too, is filled to its working pressure at most."""
    return bool(rules.value("fill_pressure.never_above_working", on).value)


def acetylene_pressure_kpa(rules: Regulation, on: date) -> Value:
    """The pressure that filling acetylene never exceeds."""
    return rules.value("acetylene.fill_pressure_max_kpa", on)


def acetylene_rest(rules: Regulation, on: date) -> timedelta:
    """How long acetylene rests with closed valve after each step of its filling."""
    return timedelta(hours=rules.value("acetylene.rest_between_steps_hours", on).integer)


def acetylene_release(rules: Regulation, on: date) -> timedelta:
    """How long acetylene rests after its last filling before it is released."""
    return timedelta(hours=rules.value("acetylene.rest_before_release_hours", on).integer)


def weighed_again(rules: Regulation, on: date) -> frozenset[str]:
    """The fill groups in which every cylinder is weighed a second time (逐瓶复秤)."""
    return frozenset(group for group, value in rules.under("weighing.again", on).items() if value.value)


def fill_tolerance_stated(rules: Regulation, model: str, on: date) -> Value | None:
    """The net charge a station aims at for an LPG model, and how far it may be off."""
    return rules.find(f"fill_tolerance.{model}", on)


def acetylene_residuals(rules: Regulation, on: date) -> tuple[Fields, ...]:
    """The pressure that must be left in an acetylene cylinder: rows of `below_c` and `kpa`."""
    return rules.value("residual_pressure.acetylene", on).rows


def compressed_residual_kpa(rules: Regulation, on: date) -> int:
    """The pressure that must be left in a cylinder of compressed gas."""
    return rules.integer("residual_pressure.compressed_kpa", on)


def colour_stated(rules: Regulation, key: str, on: date) -> Value | None:
    """Body and lettering colour for a medium, or for one use of it."""
    return rules.find(f"colour.{key}", on)


def inspection_colour_stated(rules: Regulation, year: int, on: date) -> tuple[Value, Value]:
    """Colour and shape of the mark of that year (检验色标): five colours, each in two shapes, make ten years."""
    half = "first_half" if year % 10 < 5 else "second_half"
    return rules.value(f"inspection_colour.{year % 5}", on), rules.value(
        f"inspection_colour.shape.{half}", on
    )


def inspection_months(rules: Regulation, row_key: str, on: date) -> Value:
    """How often a cylinder of that line of the table is inspected (定期检验周期)."""
    return rules.value(f"inspection_months.{row_key}", on)


def high_purity_months(rules: Regulation, row_key: str, on: date) -> Value | None:
    """How often an internally treated cylinder of high-purity gas is inspected, where the pack knows."""
    return rules.find(f"inspection_months.high_purity.{row_key}", on)


def service_life_years(rules: Regulation, row_key: str, on: date) -> Value | None:
    """The design service life (设计使用年限) of that line of the table, where the pack knows it."""
    return rules.find(f"service_life_years.{row_key}", on)


def lpg_edition(rules: Regulation, made_on: date) -> Value | None:
    """The standard that an LPG cylinder made on this day follows."""
    return rules.find("lpg_edition.by_day_made", made_on)


class SuspicionLimits(NamedTuple):
    """How much of a pattern makes a suspicion (疑点); values of the house, unverified."""

    two_stations_days: int
    travel_minutes_in_county: int
    travel_minutes_between_counties: int
    same_gross_run: int
    same_gross_tare_spread_g: int
    fast_fill_seconds: int
    fast_run: int
    most_in_ten_minutes: int


def suspicion_limits(rules: Regulation, on: date) -> SuspicionLimits:
    """The limits of that day."""
    return SuspicionLimits(
        *(rules.value(f"suspicion.{name}", on).integer for name in SuspicionLimits._fields)
    )


def reconciled_within_permille(rules: Regulation, on: date) -> Value:
    """How far the net weight of the scans and what a scale, meter or tanker says may differ."""
    return rules.value("suspicion.reconciled_within_permille", on)


def vehicle_cng_edition(rules: Regulation, made_on: date) -> Value | None:
    """The line of the design life that a vehicle's CNG cylinder made on this day has."""
    return rules.find("vehicle_cng_edition.by_day_made", made_on)


def life_extension_months(rules: Regulation, row_key: str, on: date) -> Value | None:
    """By how many months a passed inspection prolongs a life of that line at most; None where nothing
    prolongs it."""
    return rules.find(f"life_extension_months.{row_key}", on)


def scrap_reasons_stated(rules: Regulation, variety: str, on: date) -> Mapping[str, Value]:
    """The reasons to scrap a cylinder of that variety at its inspection (报废原因代码), by key; a variety without a
    list of its own has the general one."""
    return rules.under(f"scrap_reason.{variety}", on) or rules.under("scrap_reason.general", on)


def valve_must_last(rules: Regulation, on: date) -> Value | None:
    """The rule by which a valve outlasts the interval until the next inspection, where one is in force."""
    stated = rules.find("valve_must_last", on)
    return stated if stated is not None and stated.value else None


def bench_doubt_percent(rules: Regulation, field: str, on: date) -> int | None:
    """By how many per cent a stamp read at the bench may differ from the file before somebody is asked; None
    for a field that is not asked."""
    stated = rules.value("bench_doubt_percent", on).table
    return stated.integer(field) if field in stated else None


def lot_stands_days(rules: Regulation, state: str, on: date) -> int:
    """How many days a lot may stand in a state before somebody is reminded; values of the house."""
    return rules.value("lot_stands_days", on).table.integer(state)


def destruction_methods(rules: Regulation, on: date) -> Value:
    """Which methods make a scrapped cylinder unusable (`enough`), and which do not (`not_enough`)."""
    return rules.value("destruction_methods", on)
