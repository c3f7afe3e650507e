"""What seizures add to the file of a case (案卷): each decision that came of an order, with goods and
receipt."""

from __future__ import annotations

from collections.abc import Sequence

from equipment.core import clock
from equipment.orders.hooks import CasePart, CasePhoto
from equipment.orders.models import Order
from equipment.seizures.queries import goods_of, seizures_of_order
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService

WAYS = {
    SeizureService.SIGNED: "直接送达并签收",
    SeizureService.LEFT: "留置送达",
    SeizureService.POSTED: "邮寄送达",
}
STATES = {
    GoodsState.HELD: "在扣",
    GoodsState.RELEASED: "已解除",
    GoodsState.HANDED_OVER: "已移交",
    GoodsState.DISPOSED: "已处置",
}


def case_parts(order: Order) -> Sequence[CasePart]:
    """In Chinese, as authorities read the file."""
    parts = []
    for seizure in seizures_of_order(order):
        word = "查封" if seizure.kind is SeizureKind.SEALED else "扣押"
        goods = goods_of(seizure)
        facts = [
            ("文号", seizure.number),
            ("事实和理由", seizure.reason),
            ("依据", seizure.rule_text),
            ("期限届满", seizure.until_on.isoformat()),
            ("送达方式", WAYS[seizure.service_way] if seizure.service_way else "尚未送达"),
            ("送达日期", f"{clock.site_day(seizure.served_at)}" if seizure.served_at else ""),
            ("收件人", seizure.receiver),
            ("见证人", seizure.witness),
        ]
        rows = [
            (
                str(row.no),
                f"{row.name} {row.spec}".strip(),
                f"{row.quantity}{row.unit}",
                row.condition,
                STATES[GoodsState(row.state)],
                f"{row.settled_on or ''} {row.document}".strip(),
            )
            for row in goods
        ]
        photos = [
            CasePhoto(row.sha256, f"物品{row.no}", row.media_type, f"物品{row.no} {row.name}")
            for row in goods
            if row.sha256
        ]
        parts.append(
            CasePart(
                f"{word}决定书及物品清单",
                seizure.issued_on.isoformat(),
                [pair for pair in facts if pair[1]],
                columns=("序号", "物品", "数量", "状态", "处理", "处理日期、文书"),
                rows=rows,
                photos=photos,
            )
        )
    return parts
