"""What in the details of a piece nobody should believe unasked: a slip of the unit, mostly (1650 in a column
of kg, 15 kgf/cm² as MPa, 2 t as kg). Pure."""

from __future__ import annotations

from datetime import date

from equipment.core.fields import Fields
from equipment.core.words import N_, Message
from equipment.regulation.common_numbers import plausible
from equipment.regulation.cylinder_details import CylinderDetails
from equipment.regulation.cylinder_numbers import acetylene_g_per_l, coefficient, lpg_model
from equipment.regulation.details import Details
from equipment.regulation.elevator_details import ElevatorDetails
from equipment.regulation.packs import Regulation
from equipment.regulation.vehicle_marks import is_plate, is_vin_checked

ODD = N_("%(value)s cannot be the %(field)s of %(what)s (%(least)s to %(most)s): check the unit")
ODD_TARE = N_("%(value)s cannot be the tare of a cylinder of %(volume)s: check both units")
ODD_TEST = N_("%(value)s cannot be the test pressure of a cylinder for %(working)s: check both units")
# by model: what its line in the pack states, and the shares of it that are believed
OF_MODEL = {"volume_ml": "volume_percent", "tare_g": "tare_percent", "max_charge_g": "charge_percent"}
LOADED = {
    "goods": ("3120", "3130", "3220"),
    "dumbwaiter": ("3430",),
    "lift": ("3110", "3210", "3410", "3420"),
}
STEPPED = ("3310", "3320")  # escalators, moving walks


ODD_PLATE = N_("%(value)s does not look like the plate of a vehicle: compare it with the vehicle licence")
ODD_VIN = N_("The check digit of the VIN %(value)s is not right: compare it with the vehicle licence")


def odd_vehicle(of: CylinderDetails) -> dict[str, Message]:
    """A plate of no usual shape, a VIN whose ninth character is not what the others make: slips, mostly."""
    odd: dict[str, Message] = {}
    if of.vehicle_plate and not is_plate(of.vehicle_plate):
        odd["vehicle_plate"] = Message(ODD_PLATE, {"value": of.vehicle_plate})
    if of.vehicle_vin and not is_vin_checked(of.vehicle_vin):
        odd["vehicle_vin"] = Message(ODD_VIN, {"value": of.vehicle_vin})
    return odd


def odd_stamps(rules: Regulation, of: CylinderDetails, on: date) -> dict[str, Message]:
    """The stamps of a cylinder that cannot be right, by field."""
    odd: dict[str, Message] = {}
    listed = lpg_model(rules, of.model, on) if of.model else None
    usual = Fields(listed.table if listed else {})
    for field, key in OF_MODEL.items():
        if field in usual:
            odd |= _outside(of, field, of.model or "", _shares(rules, key, usual.integer(field), on))
    if "max_charge_g" not in usual and (most := _most_charge(rules, of, on)):
        odd |= _outside(of, "max_charge_g", of.variety.label, _shares(rules, "charge_percent", most, on))
    if "volume_ml" not in usual and "tare_g" not in usual:
        odd |= _odd_tare(rules, of, on)
    odd |= _outside(
        of, "working_pressure_kpa", of.variety.label, plausible(rules, f"working_kpa.{of.variety}", on)
    )
    working, test = of.working_pressure_kpa, of.test_pressure_kpa
    if working and test and not odd:
        least, most = _shares(rules, "test_percent", working, on) or (test, test)
        if not least <= test <= most:
            words = {
                "value": shown(of, "test_pressure_kpa", test),
                "working": shown(of, "working_pressure_kpa", working),
            }
            odd["test_pressure_kpa"] = Message(ODD_TEST, words)
    return odd


def _odd_tare(rules: Regulation, of: CylinderDetails, on: date) -> dict[str, Message]:
    """Of a tare and a volume that do not belong together nobody knows which is wrong."""
    limits = plausible(rules, "tare_g_per_l", on)
    if not of.tare_g or not of.volume_ml or limits is None:
        return {}
    if limits[0] * of.volume_ml <= of.tare_g * 1000 <= limits[1] * of.volume_ml:
        return {}
    words = {"value": shown(of, "tare_g", of.tare_g), "volume": shown(of, "volume_ml", of.volume_ml)}
    return dict.fromkeys(("tare_g", "volume_ml"), Message(ODD_TARE, words))


def _most_charge(rules: Regulation, of: CylinderDetails, on: date) -> int:
    """What its volume holds of a gas that is weighed, in g; 0 where nobody knows."""
    if of.volume_ml is None:
        return 0
    if of.medium == "C2H2":
        return acetylene_g_per_l(rules, on).integer * of.volume_ml // 1000
    factors = coefficient(rules, of.medium, on)
    return max(row.integer("g_per_l") for row in factors.rows) * of.volume_ml // 1000 if factors else 0


def odd_parameters(rules: Regulation, of: ElevatorDetails, on: date) -> dict[str, Message]:
    """The parameters of a lift that cannot be right, by field."""
    kind = next((kind for kind, codes in LOADED.items() if of.catalogue in codes), "")
    pace = "stepped" if of.catalogue in STEPPED else "lift"
    what = next(choice.label for choice in of.field_spec("catalogue").choices if choice.value == of.catalogue)
    load = _outside(of, "load_kg", what, plausible(rules, f"load_kg.{kind}", on)) if kind else {}
    return load | _outside(of, "speed_mm_s", what, plausible(rules, f"speed_mm_s.{pace}", on))


def _shares(rules: Regulation, key: str, whole: int, on: date) -> tuple[int, int] | None:
    percent = plausible(rules, key, on)
    return (percent[0] * whole // 100, percent[1] * whole // 100) if percent else None


def _outside(of: Details, field: str, what: str, limits: tuple[int, int] | None) -> dict[str, Message]:
    value = getattr(of, field)
    if value is None or limits is None or limits[0] <= value <= limits[1]:
        return {}
    words: dict[str, object] = {
        "value": shown(of, field, value),
        "field": of.field_spec(field).label,
        "what": what,
        "least": shown(of, field, limits[0]),
        "most": shown(of, field, limits[1]),
    }
    return {field: Message(ODD, words)}


def shown(of: Details, field: str, stored: int) -> str:
    """A stored amount as people read it."""
    spec = of.field_spec(field)
    return f"{spec.shown(stored):f} {spec.display_unit or spec.unit}"
