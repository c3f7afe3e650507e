"""Fields that several categories have alike, and the safety grades. A category names what it has of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from equipment.core.words import N_, Labelled
from equipment.regulation.details import Shown, field

LARGEST = 2_000_000_000


class SafetyGrade(Labelled):
    """安全状况等级 as the last inspection left it."""

    ONE = "1", N_("Grade 1"), "green"
    TWO = "2", N_("Grade 2"), "green"
    THREE = "3", N_("Grade 3"), "green"
    FOUR = "4", N_("Grade 4: monitored use"), "amber"
    FOUR_END = "4_no", N_("Grade 4: not to be used as it is"), "red"
    FIVE = "5", N_("Grade 5: treat or stop"), "red"


GRADE_ALIASES = {
    "1": ("1级", "一级", "Ⅰ级", "I"),
    "2": ("2级", "二级", "Ⅱ级", "II"),
    "3": ("3级", "三级", "Ⅲ级", "III"),
    "4": ("4级", "四级", "Ⅳ级", "IV", "4级（监控使用）"),
    "4_no": ("4级（不得继续使用）",),
    "5": ("5级", "五级", "Ⅴ级", "V"),
}

Grade = Annotated[
    SafetyGrade | None,
    field(N_("Safety grade"), Shown(("安全状况等级", "安全状况"), filter=True, aliases=GRADE_ALIASES)),
]
# Whether a piece has to do with dangerous chemicals: a flag that lists filter by, in every category alike.
Hazchem = Annotated[
    bool | None,
    field(
        N_("Related to dangerous chemicals"),
        Shown(("危化品相关", "涉及危化品", "是否涉及危化品", "危险化学品相关"), filter=True),
    ),
]
Model = Annotated[
    str | None,
    field(N_("Model"), Shown(("型号", "规格型号", "型号规格", "产品型号", "设备型号")), max_length=60),
]
Medium = Annotated[
    str | None,
    field(N_("Working medium"), Shown(("介质", "工作介质", "充装介质", "输送介质")), max_length=60),
]
DesignPressure = Annotated[
    int | None, field(N_("Design pressure"), Shown(("设计压力", "额定压力"), "kPa", "MPa"), ge=0, le=LARGEST)
]
WorkingPressure = Annotated[
    int | None,
    field(N_("Operating pressure"), Shown(("工作压力", "最高工作压力"), "kPa", "MPa"), ge=0, le=LARGEST),
]
DesignTemperature = Annotated[
    int | None, field(N_("Design temperature"), Shown(("设计温度", "额定温度"), "°C"), ge=-273, le=2_000)
]
WorkingTemperature = Annotated[
    int | None, field(N_("Working temperature"), Shown(("工作温度", "最高工作温度"), "°C"), ge=-273, le=2_000)
]
Volume = Annotated[
    int | None, field(N_("Volume of the vessel"), Shown(("容积", "罐体容积"), "L", "m³"), ge=1, le=LARGEST)
]
SafetyValves = Annotated[
    int | None, field(N_("Safety valves"), Shown(("安全阀数量", "安全阀个数", "安全阀")), ge=0, le=999)
]
ValvesOn = Annotated[
    date | None, field(N_("Safety valves calibrated on"), Shown(("安全阀校验日期", "安全阀上次校验日期")))
]
Gauges = Annotated[
    int | None, field(N_("Pressure gauges"), Shown(("压力表数量", "压力表个数", "压力表")), ge=0, le=999)
]
GaugesOn = Annotated[
    date | None, field(N_("Pressure gauges verified on"), Shown(("压力表检定日期", "压力表上次检定日期")))
]
AnnualCheckOn = Annotated[
    date | None, field(N_("Annual check by the user on"), Shown(("年度检查日期", "上次年度检查日期")))
]
SafetyOfficer = Annotated[
    str | None,
    field(
        N_("Safety officer of the use unit"), Shown(("安全管理人员", "安全员", "安全管理员")), max_length=60
    ),
]
Power = Annotated[int | None, field(N_("Power"), Shown(("功率", "电动机功率"), "W", "kW"), ge=1, le=LARGEST)]
Load = Annotated[
    int | None,
    field(N_("Rated load"), Shown(("额定起重量", "额定载荷", "起重量"), "kg", "t"), ge=1, le=LARGEST),
]
Height = Annotated[
    int | None, field(N_("Height"), Shown(("高度", "设备高度", "运行高度"), "mm", "m"), ge=1, le=LARGEST)
]
Speed = Annotated[
    int | None, field(N_("Speed"), Shown(("速度", "运行速度", "额定速度"), "mm/s", "m/s"), ge=1, le=LARGEST)
]
Length = Annotated[int | None, field(N_("Length"), Shown(("长度", "线路长度"), "mm", "m"), ge=1, le=LARGEST)]
Persons = Annotated[
    int | None, field(N_("Persons"), Shown(("人数", "额定人数", "乘员人数", "治疗人数")), ge=1, le=100_000)
]
