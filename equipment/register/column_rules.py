"""The columns of a workbook of pieces: what each is called, what it holds. The export writes them, the import
reads them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache

from equipment.core.words import N_, Message
from equipment.register.rules import IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec, Joint, Kind

SEQUENCE = N_("No.")
Say = Callable[[Message | str], str]
# How many stored units one written unit is, for every unit that is stored.
_LENGTH = {
    "mm": "1",
    "毫米": "1",
    "cm": "10",
    "厘米": "10",
    "m": "1000",
    "米": "1000",
    "ft": "304.8",
    "feet": "304.8",
    "'": "304.8",
    "英尺": "304.8",
    "in": "25.4",
    '"': "25.4",
    "英寸": "25.4",
}

_MASS = {
    "g": "1",
    "克": "1",
    "kg": "1000",
    "kgs": "1000",
    "公斤": "1000",
    "千克": "1000",
    "t": "1000000",
    "吨": "1000000",
    "lb": "453.59237",
    "lbs": "453.59237",
    "磅": "453.59237",
}
UNIT_SIZES: Mapping[str, Mapping[str, str]] = {
    "mm": _LENGTH,
    "um": {"um": "1", "μm": "1", "微米": "1", "mm": "1000", "毫米": "1000", "cm": "10000", "in": "25400"},
    "g": _MASS,
    "kg": {name: str(Decimal(size) / 1000) for name, size in _MASS.items()},
    "mL": {
        "ml": "1",
        "毫升": "1",
        "l": "1000",
        "升": "1000",
        "m3": "1000000",
        "立方米": "1000000",
        "m³": "1000000",
    },
    "L": {"l": "1", "升": "1", "ml": "0.001", "m3": "1000", "m³": "1000", "立方米": "1000", "立方": "1000"},
    "kg/h": {"kg/h": "1", "千克/小时": "1", "t/h": "1000", "吨/小时": "1000", "吨": "1000"},
    "kW": {"kw": "1", "千瓦": "1", "mw": "1000", "兆瓦": "1000"},
    "°C": {"°c": "1", "℃": "1", "度": "1", "c": "1"},
    "kPa": {
        "kpa": "1",
        "mpa": "1000",
        "兆帕": "1000",
        "千帕": "1",
        "bar": "100",
        "psi": "6.894757",
        "kgf/cm2": "98.0665",
        "kg/cm2": "98.0665",
        "公斤/平方厘米": "98.0665",
        "公斤/cm2": "98.0665",
        "巴": "100",
    },
    "mm/s": {
        "mm/s": "1",
        "m/s": "1000",
        "米/秒": "1000",
        "m/min": "16.666667",
        "fpm": "5.08",
        "ft/min": "5.08",
    },
    "W": {"w": "1", "瓦": "1", "kw": "1000", "千瓦": "1000", "hp": "745.7", "马力": "735.5"},
    "permille": {"‰": "1", "%": "10"},
    "mdeg": {"°": "1000", "度": "1000"},
    "years": {"年": "1", "years": "1", "y": "1", "a": "1"},
    "": {"层": "1", "站": "1", "门": "1", "个": "1", "台": "1", "只": "1", "f": "1"},
}


class Holds(StrEnum):
    """What a target holds, and so how its cells are read."""

    TEXT = "text"
    NAME_NUMBER = "name_number"
    DAY = "day"
    DETAIL = "detail"
    IDENTIFIER = "identifier"
    ORGANISATION = "organisation"
    AREA = "area"
    STATUS = "status"
    LABEL = "label"
    JOINT = "joint"


@dataclass(frozen=True, slots=True)
class Target:
    """Something a column can become; `several` columns may be joined into it, a joint
    column fills several fields."""

    key: str
    label: str
    holds: Holds
    headings: tuple[str, ...] = ()
    spec: FieldSpec | None = None
    required: bool = False
    joint: Joint | None = None

    @property
    def fills(self) -> tuple[str, ...]:
        """The targets that a column of this one has a value for."""
        return tuple(self.joint.parts) if self.joint else (self.key,)

    @property
    def several(self) -> bool:
        return self.holds is Holds.TEXT or (self.spec is not None and self.spec.prose)

    @property
    def units(self) -> tuple[str, ...]:
        return (
            tuple(UNIT_SIZES.get(self.spec.unit, ()))
            if self.spec and self.spec.kind is Kind.INTEGER and self.spec.unit
            else ()
        )


COMMON: tuple[Target, ...] = (
    Target("label", N_("Label code"), Holds.LABEL, ("label code",)),
    Target(
        "serial", N_("Product serial number"), Holds.NAME_NUMBER, ("serial", "serial number", "serial no")
    ),
    Target("maker", N_("Maker"), Holds.TEXT, ("manufacturer", "maker")),
    Target("made_on", N_("Made on"), Holds.DAY, ("manufacture date", "date of manufacture", "made")),
    Target("name", N_("Product name"), Holds.TEXT, ("产品名称", "设备名称", "product name")),
    Target("equipment_code", N_("Equipment code"), Holds.IDENTIFIER, ("equipment code",)),
    Target(
        "certificate",
        N_("Use registration certificate number"),
        Holds.IDENTIFIER,
        ("certificate no", "certificate number"),
    ),
    Target("registration_code", N_("Registration code"), Holds.IDENTIFIER, ("注册代码",)),
    Target(
        "cylinder_code",
        N_("Cylinder registration code"),
        Holds.IDENTIFIER,
        ("气瓶使用登记代码", "使用登记代码", "气瓶登记代码"),
    ),
    Target(
        "unique_no", N_("Manufacturing unique number"), Holds.IDENTIFIER, ("制造唯一性编号", "唯一性编号")
    ),
    Target("prepay_code", N_("Owner and tag number"), Holds.IDENTIFIER, ("标签编号",)),
    Target("maker_qr", N_("Maker's code"), Holds.IDENTIFIER, ("厂家二维码", "制造单位二维码")),
    Target(
        "rfid",
        N_("RFID or NFC number"),
        Holds.IDENTIFIER,
        ("电子标签", "RFID编号", "芯片号", "NFC编号", "rfid"),
    ),
    Target(
        "plate_qr",
        N_("Number or code of its plate"),
        Holds.IDENTIFIER,
        ("应急处置牌号", "应急处置牌编号", "电梯应急处置牌", "应急救援牌号", "电梯标牌编号", "plate"),
    ),
    Target(
        "platform_no",
        N_("Number of an older platform"),
        Holds.IDENTIFIER,
        ("平台编号", "原平台编号", "device number", "device id"),
    ),
    Target("own_number", N_("Unit's own number"), Holds.NAME_NUMBER, ("unit number", "own number")),
    Target("owner", N_("Owner"), Holds.ORGANISATION, ("owner",)),
    Target("use_unit", N_("Use unit"), Holds.ORGANISATION, ("use unit", "operator")),
    Target("firm", N_("Maintenance firm"), Holds.ORGANISATION, ("maintenance firm", "maintenance company")),
    Target(
        "body",
        N_("Inspection body"),
        Holds.ORGANISATION,
        ("检验机构", "检验机构名称", "检验单位", "inspection body"),
    ),
    Target(
        "area", N_("Area"), Holds.AREA, ("area", "district", "borough", "county", "街道", "乡镇", "所属街道")
    ),
    Target("address", N_("Address"), Holds.TEXT, ("address",)),
    Target("position", N_("Position"), Holds.TEXT, ("位置", "position")),
    Target("registered_on", N_("Registered on"), Holds.DAY, ("registration date", "approval date")),
    Target("in_use_since", N_("In use since"), Holds.DAY, ("in use since",)),
    Target(
        "last_inspected_on", N_("Last inspected on"), Holds.DAY, ("last inspection", "last inspection date")
    ),
    Target(
        "next_inspection_on", N_("Next inspection by"), Holds.DAY, ("next inspection", "next inspection date")
    ),
    Target("status", N_("Status"), Holds.STATUS, ("status",)),
)

KIND_OF: Mapping[str, IdentifierKind] = {
    "certificate": IdentifierKind.CERTIFICATE_NO,
    **{
        kind.value: kind
        for kind in IdentifierKind
        if kind not in (IdentifierKind.CERTIFICATE_NO, IdentifierKind.OWN_NUMBER, IdentifierKind.SERIAL)
    },
}
PARTY_COLUMNS = {
    "owner": "owner_id",
    "use_unit": "use_unit_id",
    "firm": "maintenance_firm_id",
    "body": "inspection_body_id",
}


@lru_cache(maxsize=16)
def targets(category_key: str) -> Mapping[str, Target]:
    """Everything a column can become in this category, in the order of the form."""
    kind = category(category_key)
    headings = kind.headings
    by_key = {}
    details = {spec.name: spec for spec in kind.details_type.fields()}
    for target in COMMON:
        if target.key not in details:
            own = (*headings.get(target.key, ()), *target.headings, target.label, target.key)
            by_key[target.key] = Target(target.key, target.label, target.holds, own)
    for spec in details.values():
        by_key[spec.name] = Target(
            spec.name, spec.label, Holds.DETAIL, (*spec.headings, spec.label, spec.name), spec, spec.required
        )
    for joint in kind.details_type.joints:
        by_key[joint.name] = Target(
            joint.name, joint.label, Holds.JOINT, (*joint.headings, joint.label, joint.name), joint=joint
        )
    return by_key


def heading(target: Target, say: Say) -> str:
    """What a column is called in our own workbooks, with its unit, so that it is read
    back without a question."""
    name = target.headings[0] if target.headings and say(SEQUENCE) != SEQUENCE else say(target.label)
    unit = (target.spec.display_unit or target.spec.unit) if target.spec else ""
    return f"{name}({say(unit)})" if unit else name
