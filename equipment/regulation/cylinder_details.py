"""The fields of a cylinder (气瓶): its stamps and marks, each with the headings of the workbooks people
have."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, ClassVar, Self

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from equipment.core.months import add_months
from equipment.core.words import N_
from equipment.regulation.cylinder_words import Edition, Mount, Phase, Use, Variety
from equipment.regulation.details import AllowedValue, Details, Shown, field
from equipment.regulation.gases import GAS_ALIASES, GAS_NAMES, MIXTURE
from equipment.regulation.vehicle_marks import is_vin, plain_mark

VARIETY_ALIASES = {
    "seamless": ("无缝", "无缝气瓶", "钢质无缝"),
    "aluminium": ("铝合金", "铝瓶"),
    "welded": ("焊接", "焊接气瓶"),
    "lpg": ("液化石油气钢瓶", "液化石油气瓶", "民用液化石油气瓶"),
    "acetylene": ("内装填料", "内装填料气瓶", "乙炔瓶"),
    "wound": ("纤维缠绕",),
    "cryogenic": ("低温绝热",),
    "vehicle_cng": ("车用气瓶", "车用压缩天然气瓶"),
}


def is_of_vehicle(details: Mapping[str, object]) -> bool:
    """Whether a cylinder with these details stays in a vehicle: it is filled there and never exchanged."""
    return details.get("variety") == "vehicle_cng" or bool(details.get("vehicle_plate"))


def moves_by_itself(details: Mapping[str, object]) -> bool:
    """Whether a cylinder goes from hand to hand: one of a vehicle stays there, one in a bundle (集格) goes with
    the bundle, which has a record of its own."""
    return not is_of_vehicle(details) and details.get("mount") != Mount.IN_BUNDLE


class CylinderDetails(Details):
    """The stamps and marks of one cylinder; amounts as integers in g, mL, kPa and µm."""

    groups: ClassVar[tuple[str, ...]] = ("vehicle_plate", "bundle_no")
    groups_of_owner: ClassVar[frozenset[str]] = frozenset({"bundle_no"})
    group_count: ClassVar[str] = "bundle_cylinders"

    variety: Annotated[
        Variety,
        field(N_("Variety"), Shown(("设备品种", "气瓶品种", "品种"), filter=True, aliases=VARIETY_ALIASES)),
    ]
    medium: Annotated[
        str,
        field(
            N_("Medium"),
            Shown(
                ("充装介质", "介质", "盛装介质", "充装气体", "气体名称", "气体种类", "介质名称"),
                filter=True,
                aliases=GAS_ALIASES,
                choices=tuple(AllowedValue(code, name) for code, name in GAS_NAMES.items()),
            ),
        ),
    ]
    components: Annotated[
        str | None,
        field(
            N_("Components of a mixture"),
            Shown(("混合气组分",), help=N_("Gas codes separated by commas, for medium MIX")),
            max_length=80,
        ),
    ] = None
    use: Annotated[Use, field(N_("Use of the cylinder"), Shown(("用途", "使用场合"), filter=True))] = (
        Use.GENERAL
    )
    model: Annotated[
        str | None,
        field(
            N_("Model"),
            Shown(
                ("型号", "规格型号", "气瓶型号", "规格", "钢瓶型号", "钢瓶规格", "气瓶规格", "瓶型"),
                filter=True,
            ),
            max_length=40,
        ),
    ] = None
    volume_ml: Annotated[
        int | None,
        field(
            N_("Volume"), Shown(("公称容积", "容积", "实际容积", "水容积"), "mL", "L"), ge=400, le=3_000_000
        ),
    ] = None
    working_pressure_kpa: Annotated[
        int | None,
        field(
            N_("Nominal working pressure"),
            Shown(("公称工作压力", "工作压力", "WP", "公称压力"), "kPa", "MPa"),
            ge=200,
            le=70_000,
        ),
    ] = None
    test_pressure_kpa: Annotated[
        int | None,
        field(
            N_("Test pressure"), Shown(("水压试验压力", "试验压力", "TP"), "kPa", "MPa"), ge=200, le=150_000
        ),
    ] = None
    tare_g: Annotated[
        int | None,
        field(
            N_("Tare"),
            Shown(
                ("皮重", "重量", "瓶重", "自重", "空瓶重量", "空瓶重", "钢瓶重量", "瓶体重量"),
                "g",
                "kg",
                help=N_("As stamped; for acetylene with filler and solvent (Tm)"),
            ),
            ge=100,
            le=5_000_000,
        ),
    ] = None
    max_charge_g: Annotated[
        int | None,
        field(
            N_("Stamped maximum charge"),
            Shown(("最大充装量", "允许充装量", "充装量"), "g", "kg"),
            ge=10,
            le=5_000_000,
        ),
    ] = None
    wall_um: Annotated[
        int | None,
        field(N_("Design wall thickness"), Shown(("设计壁厚", "壁厚"), "um", "mm"), ge=300, le=200_000),
    ] = None
    edition: Annotated[
        Edition | None, field(N_("LPG cylinder standard"), Shown(("执行标准", "产品标准"), filter=True))
    ] = None
    standard: Annotated[
        str | None, field(N_("Product standard"), Shown(("制造标准", "标准号")), max_length=40)
    ] = None
    design_life_years: Annotated[
        int | None, field(N_("Design life"), Shown(("设计使用年限", "使用年限"), N_("years")), ge=1, le=60)
    ] = None
    head_mark: Annotated[
        bool | None,
        field(N_("Filling unit's mark debossed on the head"), Shown(("封头凹印标志", "凹印标志"))),
    ] = None
    screw_guard: Annotated[
        bool | None, field(N_("Guard fixed by screw thread"), Shown(("护罩螺纹连接",)))
    ] = None
    electronic_mark: Annotated[
        bool | None, field(N_("Electronic identification mark"), Shown(("电子识读标志",)))
    ] = None
    phase: Annotated[Phase | None, field(N_("Phase drawn"), Shown(("气相液相", "取用相态")))] = None
    valve: Annotated[
        str | None, field(N_("Valve"), Shown(("瓶阀", "瓶阀型号", "阀门型号")), max_length=40)
    ] = None
    valve_until: Annotated[
        date | None, field(N_("Valve design life ends"), Shown(("瓶阀有效期", "瓶阀使用期限")))
    ] = None
    valve_made_on: Annotated[
        date | None, field(N_("Valve made on"), Shown(("瓶阀制造日期", "瓶阀出厂日期")))
    ] = None
    valve_life_years: Annotated[
        int | None,
        field(N_("Design life of the valve"), Shown(("瓶阀设计使用年限",), N_("years")), ge=1, le=60),
    ] = None
    colour: Annotated[str | None, field(N_("Body colour"), Shown(("瓶体颜色", "颜色")), max_length=20)] = None
    porosity_permille: Annotated[
        int | None, field(N_("Porosity of the filler"), Shown(("孔隙率",), "permille", "%"), ge=500, le=999)
    ] = None
    solvent: Annotated[str | None, field(N_("Solvent"), Shown(("溶剂",)), max_length=20)] = None
    high_purity: Annotated[
        bool, field(N_("High-purity gas (99.999 percent or more)"), Shown(("高纯气体",)))
    ] = False
    treated_inside: Annotated[bool, field(N_("Inside treated for high purity"), Shown(("内壁处理",)))] = False
    non_refillable: Annotated[
        bool | None, field(N_("Non-refillable"), Shown(("非重复充装", "非重复充装气瓶")))
    ] = None
    fill_approval: Annotated[
        str | None,
        field(
            N_("Provincial approval to be filled by others"),
            Shown(
                ("省级批准文号", "非自有充装批准文号"),
                help=N_("Number of the document; without one only its own station fills the cylinder"),
            ),
            max_length=60,
        ),
    ] = None
    mount: Annotated[Mount | None, field(N_("Single or in a bundle"), Shown(("散瓶集格", "集束")))] = None
    bundle_no: Annotated[
        str | None,
        field(
            N_("Number of the bundle"),
            Shown(
                ("集格编号", "集束编号", "所属集格"),
                filter=True,
                help=N_("Number of the frame; the bundle itself and the cylinders in it have the same"),
            ),
            max_length=40,
        ),
    ] = None
    bundle_cylinders: Annotated[
        int | None, field(N_("Cylinders in the bundle"), Shown(("集格瓶数", "集束瓶数")), ge=2, le=200)
    ] = None
    vehicle_plate: Annotated[
        str | None,
        field(
            N_("Vehicle plate"),
            Shown(("车牌号", "车牌号码", "号牌号码", "车牌", "车号"), filter=True),
            max_length=20,
        ),
    ] = None
    vehicle_vin: Annotated[
        str | None,
        field(
            N_("Vehicle identification number (VIN)"),
            Shown(
                ("车辆VIN码", "车辆 VIN 码", "VIN码", "VIN", "车架号", "车辆识别代号", "车辆识别代码"),
                filter=True,
                help=N_("17 letters and digits without I, O and Q"),
            ),
            max_length=30,
        ),
    ] = None
    installer: Annotated[
        str | None, field(N_("Installed by"), Shown(("安装单位", "施工单位", "气瓶安装单位")), max_length=120)
    ] = None
    installation_inspector: Annotated[
        str | None,
        field(
            N_("Installation supervised by"),
            Shown(("监检机构", "监督检验机构", "安装监检机构")),
            max_length=120,
        ),
    ] = None
    maker_licence: Annotated[
        str | None,
        field(N_("Maker's licence number"), Shown(("制造许可证编号", "制造许可证")), max_length=40),
    ] = None

    @field_validator("vehicle_plate", "vehicle_vin")
    @classmethod
    def _marks_are_plain(cls, mark: str | None) -> str | None:
        """甘D·12345 and 甘d12345 are one plate."""
        return plain_mark(mark) or None if mark else mark

    @field_validator("vehicle_vin")
    @classmethod
    def _vin_is_whole(cls, vin: str | None) -> str | None:
        if vin is not None and not is_vin(vin):
            raise PydanticCustomError(
                "vin",
                N_("A VIN has 17 letters and digits, and neither I, O nor Q: compare it with the papers"),
            )
        return vin

    @field_validator("medium", "components")
    @classmethod
    def _gases_are_known(cls, codes: str | None) -> str | None:
        """A gas without a line in the rule pack could be neither planned nor filled."""
        if codes is not None and not set(codes.split(",")) <= GAS_NAMES.keys():
            raise PydanticCustomError("unknown_gas", N_("Unknown gas code"))
        return codes

    @model_validator(mode="after")
    def _life_is_stamped(self) -> Self:
        """GB/T 5842-2022 and GB 5842-2023 have no life in the text: the stamp is all there is."""
        if self.edition is not None and self.edition.life_is_stamped and self.design_life_years is None:
            raise PydanticCustomError(
                "life_not_stamped", N_("Cylinders of this standard carry a stamped design life: enter it")
            )
        return self

    @model_validator(mode="after")
    def _mixture_has_components(self) -> Self:
        if (self.medium == MIXTURE) != (self.components is not None):
            raise PydanticCustomError("components", N_("A mixture, and only a mixture, names its components"))
        return self

    @property
    def valve_ends_on(self) -> date | None:
        """The last day of the valve's own life: as stated, else counted from the day it was made; None where
        nobody knows."""
        if self.valve_until is not None or self.valve_made_on is None or self.valve_life_years is None:
            return self.valve_until
        return add_months(self.valve_made_on, 12 * self.valve_life_years)

    @property
    def gas_codes(self) -> tuple[str, ...]:
        """The medium, or the components of a mixture."""
        return tuple(self.components.split(",")) if self.components else (self.medium,)
