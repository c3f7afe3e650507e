"""Papers of seizures, drawn by the jobs process only, in Chinese whoever prints them: decision with goods
list, receipt of service, decision of release, and the register. Layouts and texts are the house's own,
not checked."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.errors import NotFound
from equipment.orders.paper_printing import day_in_words
from equipment.seizures.listing import GoodsLine, lines_of
from equipment.seizures.models import SeizedGoods, Seizure
from equipment.seizures.queries import extensions_of, goods_of, seizure_of
from equipment.seizures.rules import GoodsState, SeizureKind, SeizureService
from equipment.tasks.makers import Progress, TaskOutcome
from equipment.tasks.models import Task
from equipment.tasks.queries import asked_by
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.ruled_printing import ruled_pdf
from equipment.web.language import LOCALES, translate

SPOKEN = LOCALES[0]
say = partial(translate, locale=SPOKEN)
UNCHECKED = "样式、文字未核实；期限、法律依据以审核后的文书为准。"
DONE = {GoodsState.RELEASED: "解除", GoodsState.HANDED_OVER: "移交", GoodsState.DISPOSED: "处置"}


def print_seizure(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `seizures.paper`; input: organisation_id, seizure_id, paper (decision, receipt, release),
    sample."""
    by = asked_by(task)
    if by is None:
        raise NotFound
    stated = task.stated
    seizure = seizure_of(by, UUID(stated.text("organisation_id")), UUID(stated.text("seizure_id")))
    papers = {"decision": decision_papers, "receipt": receipt_papers, "release": release_papers}
    drawn = papers[stated.text("paper")](seizure, bool(task.input.get("sample")))
    return _drawn(task, drawn, progress)


def print_register(task: Task, progress: Progress) -> TaskOutcome:
    """Task kind `seizures.register_paper`; input: args, sample."""
    by = asked_by(task)
    if by is None:
        raise NotFound
    filters = {name: str(value) for name, value in task.stated.table("args").items()}
    return _drawn(task, [register_paper(lines_of(by, filters), bool(task.input.get("sample")))], progress)


def _drawn(task: Task, papers: Sequence[RuledPaper], progress: Progress) -> TaskOutcome:
    drawn = ruled_pdf(*papers, locale=SPOKEN, progress=progress)
    return TaskOutcome(
        content=drawn.content,
        name=f"{task.title}.pdf",
        media_type="application/pdf",
        summary={"pages": drawn.pages},
        note=drawn.note,
    )


def _word(seizure: Seizure) -> str:
    return "查封" if seizure.kind is SeizureKind.SEALED else "扣押"


def _facts(rows: Sequence[tuple[str, str]]) -> RuledTable:
    columns = (RuledColumn("项目", 30, bold=True, lines=2), RuledColumn("内容", 150, lines=14))
    return RuledTable(columns, [RuledRow(pair) for pair in rows if pair[1]], headless=True, row_lines=2)


def _goods(rows: Sequence[SeizedGoods], title: str) -> RuledTable:
    columns = (
        RuledColumn("序号", 10, Align.MIDDLE),
        RuledColumn("名称", 36, lines=3),
        RuledColumn("规格型号", 30, lines=3),
        RuledColumn("数量", 16, Align.MIDDLE, lines=2),
        RuledColumn("状态", 40, lines=4),
        RuledColumn("存放地点", 36, lines=3),
        RuledColumn("备注", 20, lines=3),
    )
    lines = [
        RuledRow(
            (
                str(row.no),
                row.name,
                row.spec,
                f"{row.quantity}{row.unit}",
                row.condition,
                row.place,
                "在册设备" if row.equipment_id else "",
            )
        )
        for row in rows
    ]
    return RuledTable(columns, lines, title=title, empty="无")


def _officers(seizure: Seizure) -> str:
    return "　".join(
        person["name"] + (f"（{person['certificate']}）" if person["certificate"] else "")
        for person in seizure.officers
    )


def _paper(
    seizure: Seizure, title: str, tables: Sequence[RuledTable], signed: Sequence[str], sample: bool
) -> RuledPaper:
    return RuledPaper(
        title=title,
        about=[f"{seizure.issuer_name}　　{seizure.unit_name}"],
        tables=tables,
        signatures=signed,
        notes=[UNCHECKED],
        foot=f"打印时间 {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        number=seizure.number,
        landscape=False,
        points=10,
        sample=sample,
    )


def decision_papers(seizure: Seizure, sample: bool) -> list[RuledPaper]:
    """决定书, and its 物品清单 behind it."""
    word, goods = _word(seizure), goods_of(seizure)
    moved = extensions_of(seizure)
    first = moved[0].was_on if moved else seizure.until_on
    period = f"自{day_in_words(seizure.issued_on)}至{day_in_words(first)}"
    remedy = f"如不服本决定，可以依法向{seizure.review_body}申请行政复议，或者向{seizure.court}提起行政诉讼。"
    facts = [
        ("当事人", seizure.unit_name),
        ("住所", seizure.unit_address),
        ("事实和理由", seizure.reason),
        ("依据", seizure.rule_text),
        ("决定", f"对你（单位）的有关物品实施{word}，物品见所附清单（{len(goods)}项）。"),
        (f"{word}期限", period),
        ("告知", f"{word}期间，任何单位和个人不得使用、转移、损毁或者处置上述物品。"),
        ("救济途径", remedy),
        ("执法人员", _officers(seizure)),
        ("决定日期", day_in_words(seizure.issued_on)),
    ]
    signed = ["执法人员（签名、日期）", "当事人（签名、日期）", f"{seizure.issuer_name}（印章）"]
    listed = _paper(seizure, f"{word}物品清单", [_goods(goods, "")], signed, sample)
    return [_paper(seizure, f"{word}决定书", [_facts(facts)], signed, sample), listed]


def receipt_papers(seizure: Seizure, sample: bool) -> list[RuledPaper]:
    """送达回证, filled in as far as it is on file."""
    way = say(SeizureService(seizure.service_way).label) if seizure.service_way else "　"
    at = f"{clock.site_time(seizure.served_at):%Y-%m-%d}" if seizure.served_at else "　"
    facts = [
        ("送达文书", f"{_word(seizure)}决定书、物品清单（{seizure.number}）"),
        ("受送达人", seizure.unit_name),
        ("送达地点", seizure.unit_address or "　"),
        ("送达方式", way),
        ("送达日期", at),
        ("收件人", seizure.receiver or "　"),
        ("见证人", seizure.witness or "　"),
        ("拒收事由或邮件号", seizure.service_note or "　"),
        ("送达人", _officers(seizure)),
    ]
    signed = ["送达人（签名、日期）", "收件人（签名、日期）", "见证人（签名、日期）"]
    return [_paper(seizure, "送达回证", [_facts(facts)], signed, sample)]


def release_papers(seizure: Seizure, sample: bool) -> list[RuledPaper]:
    """解除决定书: one for each document by which goods were released, with their list as the receipt."""
    word = _word(seizure)
    released = [row for row in goods_of(seizure) if row.state is GoodsState.RELEASED]
    papers = []
    for document in dict.fromkeys(row.document for row in released):
        goods = [row for row in released if row.document == document]
        day = goods[0].settled_on or clock.today()
        facts = [
            ("当事人", seizure.unit_name),
            ("文号", document),
            ("原决定", f"{word}决定书 {seizure.number}"),
            ("决定", f"自{day_in_words(day)}起解除对所附清单中物品的{word}（{len(goods)}项）。"),
            ("说明", goods[0].settled_note),
            ("领取人", goods[0].settled_to),
        ]
        tables = [_facts(facts), _goods(goods, "解除物品清单（领取回执）")]
        signed = ["执法人员（签名、日期）", "领取人（签名、日期）", f"{seizure.issuer_name}（印章）"]
        papers.append(_paper(seizure, f"解除{word}决定书", tables, signed, sample))
    if not papers:
        raise NotFound
    return papers


def register_paper(lines: Sequence[GoodsLine], sample: bool) -> RuledPaper:
    """在扣物品台账, A4 across."""
    columns = (
        RuledColumn("文号", 36, lines=2),
        RuledColumn("当事人", 40, lines=2),
        RuledColumn("序号", 9, Align.MIDDLE),
        RuledColumn("名称", 34, lines=2),
        RuledColumn("规格型号", 26, lines=2),
        RuledColumn("数量", 14, Align.MIDDLE),
        RuledColumn("存放地点", 34, lines=2),
        RuledColumn("期限届满", 20, Align.MIDDLE),
        RuledColumn("剩余天数", 14, Align.MIDDLE),
        RuledColumn("状态", 18, Align.MIDDLE, lines=2),
        RuledColumn("去向文书", 30, lines=2),
    )
    rows = [
        RuledRow(
            (
                line.seizure.number,
                line.seizure.unit_name,
                str(line.goods.no),
                line.goods.name,
                line.goods.spec,
                line.amount,
                line.goods.place,
                line.seizure.until_on.isoformat(),
                str(line.left) if line.left is not None else "—",
                DONE.get(GoodsState(line.goods.state), "在扣"),
                line.goods.document,
            )
        )
        for line in lines
    ]
    return RuledPaper(
        title="在扣物品台账",
        about=[f"共{len(rows)}项"],
        tables=[RuledTable(columns, rows, empty="无在扣物品")],
        signatures=["保管人（签名、日期）", "负责人（签名、日期）"],
        notes=[UNCHECKED],
        foot=f"打印时间 {clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        points=8.5,
        sample=sample,
    )
