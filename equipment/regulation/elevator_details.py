"""The fields of an elevator (电梯), each with the headings of the workbooks people have."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from equipment.core.geo import Datum
from equipment.core.words import N_, Labelled
from equipment.regulation.catalogue import choices, entries
from equipment.regulation.details import Details, Joint, Shown, field

CATALOGUE = {code: name for code, name in entries("3").items() if not code.endswith("00")}
KINDS = choices(CATALOGUE)
KIND_ALIASES = {
    "3110": ("乘客电梯", "客梯", "曳引式客梯", "曳引乘客电梯", "医用电梯", "病床电梯", "观光电梯"),
    "3120": ("载货电梯", "货梯", "曳引式货梯"),
    "3210": ("液压客梯",),
    "3220": ("液压货梯",),
    "3310": ("扶梯",),
    "3320": ("自动步道",),
    "3420": ("消防电梯",),
    "3430": ("杂物梯", "餐梯"),
}


class Drive(Labelled):
    """How it is driven (驱动方式)."""

    TRACTION = "traction", N_("Traction")
    POSITIVE = "positive", N_("Positive drive")
    HYDRAULIC_DIRECT = "hydraulic_direct", N_("Hydraulic, direct")
    HYDRAULIC_INDIRECT = "hydraulic_indirect", N_("Hydraulic, indirect")
    CHAIN = "chain", N_("Chain or gear")


FLOORS_STATIONS_DOORS = Joint(
    "floors_stations_doors",
    N_("Floors/stops/doors"),
    ("层/站/门", "层站门数", "层/站", "层站数", "层楼站数"),
    {"floors": ("层", "f"), "stations": ("站", "s"), "doors": ("门", "层门", "d")},
    "12/12/12",
)


# Degrees as people and programs write them, with as many places as they like.
LATITUDE = r"^[-+]?([0-8]?\d(\.\d+)?|90(\.0+)?)$"
LONGITUDE = r"^[-+]?((\d{1,2}|1[0-7]\d)(\.\d+)?|180(\.0+)?)$"
IN_DEGREES = N_("In degrees with decimals, not degrees, minutes and seconds.")
DATUM_ALIASES = {
    "wgs84": ("WGS84", "WGS-84", "GPS", "WGS84坐标系", "GPS坐标", "CGCS2000", "国家2000", "大地2000"),
    "gcj02": ("GCJ02", "GCJ-02", "火星坐标", "火星坐标系", "高德", "高德坐标", "腾讯", "国测局坐标"),
    "bd09": ("BD09", "BD-09", "百度", "百度坐标", "百度坐标系"),
}


class MaintenanceMode(Labelled):
    """Whether visits follow the calendar or the need (按需维保)."""

    REGULAR = "regular", N_("By calendar")
    ON_DEMAND = "on_demand", N_("On demand")


class OnDemandBasis(Labelled):
    """What stands in for the visits left out under maintenance on demand."""

    IOT = "iot", N_("Remote monitoring (IoT)")
    REMOTE_CHECK = "remote_check", N_("Remote check every 15 days, all-inclusive contract")
    OTHER = "other", N_("Other arrangement")


class Brake(Labelled):
    """How its brake is built: of drum brakes with a plunger electromagnet the strip-down is shown."""

    DRUM_LEVER = "drum_lever", N_("Drum brake with plunger electromagnet and lever")
    OTHER = "other", N_("Another kind of brake")


class NonMetalSheaves(Labelled):
    """Whether it has return sheaves that are not of metal."""

    YES = "yes", N_("Has non-metal sheaves")
    NO = "no", N_("All sheaves of metal")


class ElevatorDetails(Details):
    """Parameters of a lift, escalator or moving walk; amounts as integers in kg, mm, mm/s."""

    joints: ClassVar[tuple[Joint, ...]] = (FLOORS_STATIONS_DOORS,)

    catalogue: Annotated[
        str,
        field(
            N_("Kind of elevator"),
            Shown(
                ("设备类别", "设备品种", "电梯品种", "类别代码", "电梯类型"),
                filter=True,
                choices=KINDS,
                aliases=KIND_ALIASES,
            ),
            pattern=f"^({'|'.join(CATALOGUE)})$",
        ),
    ]
    drive: Annotated[
        Drive | None, field(N_("Kind of drive"), Shown(("驱动方式", "拖动方式"), filter=True))
    ] = None
    model: Annotated[
        str | None,
        field(N_("Model"), Shown(("型号", "规格型号", "产品型号", "设备型号", "电梯型号")), max_length=60),
    ] = None
    load_kg: Annotated[
        int | None,
        field(
            N_("Rated load"),
            Shown(("额定载重量", "额定载荷", "载重量", "额定载重", "载重"), "kg"),
            ge=1,
            le=60_000,
        ),
    ] = None
    speed_mm_s: Annotated[
        int | None,
        field(
            N_("Rated speed"), Shown(("额定速度", "名义速度", "运行速度"), "mm/s", "m/s"), ge=10, le=25_000
        ),
    ] = None
    floors: Annotated[int | None, field(N_("Floors"), Shown(("层数", "层")), ge=1, le=300)] = None
    stations: Annotated[int | None, field(N_("Stops (stations)"), Shown(("站数", "站")), ge=1, le=300)] = None
    doors: Annotated[int | None, field(N_("Landing doors"), Shown(("门数", "门")), ge=0, le=600)] = None
    travel_mm: Annotated[
        int | None, field(N_("Travel or rise"), Shown(("提升高度", "行程"), "mm", "m"), ge=100, le=2_000_000)
    ] = None
    cylinders: Annotated[int | None, field(N_("Hydraulic rams"), Shown(("油缸数量",)), ge=1, le=12)] = None
    inclination_mdeg: Annotated[
        int | None, field(N_("Inclination"), Shown(("倾斜角度", "倾斜角"), "mdeg", "°"), ge=0, le=40_000)
    ] = None
    width_mm: Annotated[
        int | None, field(N_("Nominal width"), Shown(("名义宽度", "梯级宽度"), "mm"), ge=200, le=3_000)
    ] = None
    length_mm: Annotated[
        int | None, field(N_("Usable length"), Shown(("使用区段长度",), "mm", "m"), ge=100, le=1_000_000)
    ] = None
    motor_w: Annotated[
        int | None,
        field(N_("Motor power"), Shown(("主机功率", "电动机功率"), "W", "kW"), ge=10, le=2_000_000),
    ] = None
    brake: Annotated[
        Brake | None,
        field(
            N_("Kind of brake"),
            Shown(
                ("制动器型式", "制动器形式", "制动器类型", "鼓式制动器"),
                filter=True,
                aliases={
                    "drum_lever": ("鼓式", "鼓式制动器", "柱塞式电磁铁杠杆鼓式制动器", "杠杆鼓式", "是"),
                    "other": ("盘式", "块式", "碟式", "非鼓式", "否"),
                },
            ),
        ),
    ] = None
    non_metal_sheaves: Annotated[
        NonMetalSheaves | None,
        field(
            N_("Non-metal return sheaves"),
            Shown(
                ("非金属反绳轮", "反绳轮材质", "非金属材质反绳轮", "滑轮材质"),
                filter=True,
                aliases={
                    "yes": ("有", "是", "非金属", "尼龙", "尼龙轮", "工程塑料"),
                    "no": ("无", "否", "金属", "铸铁", "球墨铸铁"),
                },
            ),
        ),
    ] = None
    machine_room: Annotated[bool | None, field(N_("Has a machine room"), Shown(("有无机房",)))] = None
    supervised_on: Annotated[
        date | None,
        field(
            N_("Installation supervision inspection passed on"),
            Shown(("安装监督检验日期", "监督检验日期", "监检合格日期")),
        ),
    ] = None
    maintenance_mode: Annotated[
        MaintenanceMode, field(N_("Maintenance mode"), Shown(("维保方式", "维保模式"), filter=True))
    ] = MaintenanceMode.REGULAR
    on_demand_basis: Annotated[
        OnDemandBasis | None, field(N_("Basis of maintenance on demand"), Shown(("按需维保依据",)))
    ] = None
    registration_code: Annotated[
        str | None, field(N_("Registration code"), Shown(("注册代码",)), max_length=20)
    ] = None
    rescue_code: Annotated[
        str | None, field(N_("Rescue code"), Shown(("救援识别码", "应急救援码", "96333编号")), max_length=12)
    ] = None
    safety_officer: Annotated[
        str | None,
        field(
            N_("Safety officer of the use unit"),
            Shown(("安全管理人员", "安全员", "电梯安全员")),
            max_length=60,
        ),
    ] = None
    building: Annotated[
        str | None, field(N_("Building and position"), Shown(("楼栋", "安装位置", "楼号")), max_length=120)
    ] = None
    longitude: Annotated[
        str | None,
        field(
            N_("Longitude"),
            Shown(("经度", "东经", "坐标经度", "lng", "lon"), help=IN_DEGREES),
            pattern=LONGITUDE,
            max_length=24,
        ),
    ] = None
    latitude: Annotated[
        str | None,
        field(
            N_("Latitude"),
            Shown(("纬度", "北纬", "坐标纬度", "lat"), help=IN_DEGREES),
            pattern=LATITUDE,
            max_length=24,
        ),
    ] = None
    datum: Annotated[
        Datum | None,
        field(
            N_("Datum of the coordinates"),
            Shown(("坐标系", "坐标类型", "坐标系统", "datum"), aliases=DATUM_ALIASES),
        ),
    ] = None
    outdoor: Annotated[bool, field(N_("Outdoors"), Shown(("室外",)))] = False

    @property
    def vertical(self) -> bool:
        """A lift in a shaft (直梯), not an escalator or moving walk."""
        return not self.catalogue.startswith("33")
