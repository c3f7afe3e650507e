"""查封、扣押 of the demonstration city: one decision that runs out soon, one past its period, one of which
part was released and part disposed of."""

from __future__ import annotations

from datetime import timedelta

from equipment.core import clock
from equipment.orders.models import InspectorOfOrder
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM, OrganisationKind, Role, Viewer
from equipment.seizures import actions
from equipment.seizures.actions import GoodsDraft, GoodsStep, SeizureDraft, SeizureReceipt
from equipment.seizures.models import Seizure
from equipment.seizures.queries import seizure_of
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService
from equipment.shell.demo.city import City, Unit
from equipment.shell.demo.floor import person_of
from equipment.storage.db import session, transaction

COUNTY = "620402"
VALVES = GoodsDraft(
    name="减压阀",
    spec="JYT-0.6",
    quantity=12,
    unit="只",
    condition="无合格证、无铭牌",
    place="区局罚没物品仓库A3",
)
BOTTLES = GoodsDraft(
    name="液化石油气钢瓶",
    spec="YSP35.5",
    quantity=8,
    unit="只",
    condition="超过设计使用年限",
    place="区局罚没物品仓库B1",
)
HOSES = GoodsDraft(
    name="燃气软管", spec="9.5 mm", quantity=40, unit="米", condition="开裂", place="区局罚没物品仓库A3"
)
BOILER = GoodsDraft(
    name="常压热水锅炉",
    quantity=1,
    unit="台",
    condition="擅自改造，封条2张",
    place="当事人锅炉房（原地查封）",
)


def seizures_of_weeks(city: City) -> None:
    """Each decision on its day, by the county's people."""
    office = next(unit for unit in city.of(OrganisationKind.REGULATOR) if unit.area == COUNTY)
    county = person_of(office, Role.SUPERVISOR)
    stations = [unit for unit in city.of(OrganisationKind.STATION) if unit.area.startswith(COUNTY)]
    users = [unit for unit in city.of(OrganisationKind.USE_UNIT) if unit.area.startswith(COUNTY)]
    done = _decide(
        stations[0], county, 40, "库内存放应当报废的钢瓶和无合格证的减压阀", "law_48", (VALVES, BOTTLES)
    )
    with transaction():
        step = GoodsStep(
            GoodsState.RELEASED,
            clock.today() - timedelta(days=14),
            "（白）市监特解〔2026〕第1号",
            stations[0].name,
            "补交合格证，经核对予以解除",
        )
        actions.settle(_of(done), [1], step, by=county)
    with transaction():
        end = GoodsStep(
            GoodsState.DISPOSED,
            clock.today() - timedelta(days=12),
            "（白）市监特处〔2026〕第1号",
            "",
            "送检验机构破坏性报废",
        )
        actions.settle(_of(done), [2], end, by=county)
    _decide(users[0], county, 24, "继续使用检验不合格的用气设备，软管开裂", "law_40", (HOSES, VALVES))
    late = _decide(
        users[1], county, 33, "改造锅炉后未办理变更登记即投入使用", "law_47", (BOILER,), SeizureKind.SEALED
    )
    assert late.until_on < clock.today()


def _decide(
    unit: Unit,
    by: Viewer,
    ago: int,
    reason: str,
    rule: str,
    goods: tuple[GoodsDraft, ...],
    kind: SeizureKind = SeizureKind.DETAINED,
) -> Seizure:
    on = clock.today() - timedelta(days=ago)
    draft = SeizureDraft(
        unit=session.get_one(Organisation, unit.id),
        kind=kind,
        reason=reason,
        rule=rule,
        goods=goods,
        officers=[
            InspectorOfOrder(name="白文斌", certificate="甘D-0412"),
            InspectorOfOrder(name="崔建华", certificate="甘D-0437"),
        ],
        issued_on=on,
        until_on=on + timedelta(days=29),
    )
    with transaction():
        seizure = actions.decide(draft, by=by)
    at = clock.site_midnight(on) + timedelta(hours=15)
    with transaction():
        receipt = SeizureReceipt(SeizureService.SIGNED, at, receiver="张经理")
        actions.serve(_of(seizure), receipt, by=by)
    return seizure


def _of(seizure: Seizure) -> Seizure:
    return seizure_of(SYSTEM, seizure.organisation_id, seizure.id)
