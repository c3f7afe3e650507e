"""The papers of order 74 composed for printing: the control of a day and its empty form, the weekly
report, the monthly minutes, the risk list. In Chinese whoever prints them; no official form of any was
seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from equipment.controls.models import ControlFinding, ControlReport, DailyControl, RiskList
from equipment.controls.preparing import FIGURES, figures_of, problems_in
from equipment.controls.queries import problems_of
from equipment.controls.rules import ControlGrade, ControlReportKind
from equipment.core import clock
from equipment.core.words import N_
from equipment.people.models import Organisation
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.duties import piece_name
from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.control_numbers import control_clauses, control_names
from equipment.storage.db import session
from equipment.tasks.ruled import Align, RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Say
from equipment.web.language import LOCALES

SPOKEN = LOCALES[0]
LAYOUT = N_("Layout not checked against the official form.")
BLANK_ROWS = 6
FACTS = (RuledColumn("项目", 34, bold=True), RuledColumn("内容", 156, lines=14))


def control_paper(
    control: DailyControl,
    chosen: RiskList | None,
    pictures: Mapping[str, str],
    say: Say,
    *,
    sample: bool = False,
) -> RuledPaper:
    """每日安全检查记录 of one record: the items of its list, what was found, who looked."""
    unit = session.get_one(Organisation, control.organisation_id)
    problems = problems_of([control]).get(control.id, [])
    by_item = {one.item for one in problems if one.item}
    head = [
        ("使用单位", unit.name),
        ("设备类别", f"{say(category(control.category).label)}　在用 {control.pieces}"),
        (
            "检查日期",
            f"{control.on:%Y年%m月%d日}　{say(control.period.label)}　天气：{control.weather or '—'}",
        ),
        ("风险管控清单", f"第{control.list_version}版" if control.list_version else "尚未通过清单"),
        ("检查结果", "全部项目已检查，未发现问题（零风险）" if control.nothing_found else "发现问题，见下表"),
        ("检查时间", _times(control)),
    ]
    if control.note:
        head.append(("备注", control.note))
    if control.reason:
        head.append(("更正原因", control.reason))
    tables = [RuledTable(FACTS, [RuledRow(pair) for pair in head], headless=True)]
    if chosen is not None:
        items = [
            RuledRow((str(number), row["place"], row["check"], _seen(row["check"], by_item)))
            for number, row in enumerate(chosen.rows, 1)
        ]
        tables.append(RuledTable(_item_columns(), items, title="检查项目"))
    tables.append(_found(problems, say))
    tables += _photos(control, pictures)
    return RuledPaper(
        title=control_names(control.category, control.on).daily,
        about=[f"{unit.name}　{control.on:%Y-%m-%d}"],
        tables=tables,
        signatures=[f"安全员：{control.officer}", "安全总监"],
        notes=_notes(control.category, control.on, say),
        foot=_foot(),
        landscape=False,
        points=9,
        sample=sample,
    )


def _times(control: DailyControl) -> str:
    made, received = clock.site_time(control.made_at), clock.site_time(control.received_at)
    marks = "　补录" if control.is_late else ""
    marks += "　据纸质记录" if control.is_paper else ""
    return f"{made:%Y-%m-%d %H:%M}（系统收到 {received:%Y-%m-%d %H:%M}）{marks}"


def _seen(item: str, found: set[str]) -> str:
    return "有问题" if item in found else "正常"


def _item_columns() -> tuple[RuledColumn, ...]:
    return (
        RuledColumn("序号", 12, Align.MIDDLE),
        RuledColumn("部位", 30),
        RuledColumn("检查内容", 116, lines=4),
        RuledColumn("结果", 32),
    )


def _found(problems: Sequence[ControlFinding], say: Say) -> RuledTable:
    ids = {one.equipment_id for one in problems if one.equipment_id}
    pieces = session.scalars(visible(SYSTEM, Equipment).where(Equipment.id.in_(ids))).all()
    names = {piece.id: piece_name(piece) for piece in pieces}
    rows = [
        RuledRow(
            (
                str(one.no),
                names.get(one.equipment_id, "—") if one.equipment_id else "—",
                one.text,
                say(one.grade.label),
                _dealt(one),
            )
        )
        for one in problems
    ]
    columns = (
        RuledColumn("序号", 12, Align.MIDDLE),
        RuledColumn("设备", 40),
        RuledColumn("问题", 80, lines=6),
        RuledColumn("等级", 16),
        RuledColumn("处理", 42, lines=3),
    )
    return RuledTable(columns, rows, title="发现的问题", empty="未发现问题。")


def _dealt(one: ControlFinding) -> str:
    done = "当场改正" if one.put_right else "待整改"
    if one.grade is not ControlGrade.SERIOUS:
        return done
    return f"{done}；已停用" if one.stopped else f"{done}；未停用：{one.why_not}"


def _photos(control: DailyControl, pictures: Mapping[str, str]) -> list[RuledTable]:
    shown = [photo for photo in control.photos if photo["sha256"] in pictures]
    if not shown:
        return []
    rows = [
        RuledRow((photo["name"], ""), pictures={1: pictures[photo["sha256"]]}, lines=18) for photo in shown
    ]
    columns = (RuledColumn("照片", 34, lines=4), RuledColumn("", 156))
    return [RuledTable(columns, rows, title="照片")]


def blank_paper(
    unit: Organisation, category_key: str, chosen: RiskList | None, say: Say, *, sample: bool = False
) -> RuledPaper:
    """The empty form of a day: what is written on it is typed in later, with its photo (补录)."""
    today = clock.today()
    head = [
        ("使用单位", unit.name),
        ("设备类别", say(category(category_key).label)),
        ("检查日期", "　　　　年　　月　　日　　□上午　□下午　□全天　　天气："),
        ("风险管控清单", f"第{chosen.version}版" if chosen else "尚未通过清单"),
        ("检查结果", "□ 全部项目已检查，未发现问题（零风险）　　□ 发现问题，见下表"),
    ]
    items = [
        RuledRow((str(number), row["place"], row["check"], "□正常　□有问题"))
        for number, row in enumerate(chosen.rows if chosen else [], 1)
    ]
    columns = (
        RuledColumn("设备", 40),
        RuledColumn("问题", 90),
        RuledColumn("等级", 30),
        RuledColumn("处理", 30),
    )
    blank = [RuledRow(("", "", "□一般　□严重", "□停用")) for _number in range(BLANK_ROWS)]
    return RuledPaper(
        title=control_names(category_key, today).daily,
        about=[f"{unit.name}　空白表"],
        tables=[
            RuledTable(FACTS, [RuledRow(pair) for pair in head], headless=True, row_lines=2),
            RuledTable(_item_columns(), items, title="检查项目", empty="尚无已通过的清单。"),
            RuledTable(columns, blank, title="发现的问题", row_lines=3),
        ],
        signatures=["安全员", "安全总监"],
        notes=[*_notes(category_key, today, say), "填写后拍照，在系统中补录；补录不计为按时。"],
        foot=_foot(),
        landscape=False,
        points=9,
        sample=sample,
    )


def report_paper(
    report: ControlReport, pictures: Mapping[str, str], say: Say, *, sample: bool = False
) -> RuledPaper:
    """每周安全排查治理报告 or 每月安全调度会议纪要."""
    unit = session.get_one(Organisation, report.organisation_id)
    names = control_names(report.category, report.ends_on)
    is_week = report.kind is ControlReportKind.WEEK
    return RuledPaper(
        title=names.weekly if is_week else names.monthly,
        about=[f"{unit.name}　{report.begins_on:%Y-%m-%d} 至 {report.ends_on:%Y-%m-%d}"],
        number=report.number,
        tables=[
            _head(report, say),
            _figures(report, say),
            _words(report, say),
            _listed(report, say),
            *([] if is_week else [_decisions(report)]),
            *_signed_paper(report, pictures),
        ],
        signatures=[f"安全总监：{report.director}", f"主要负责人：{report.main_person}"],
        notes=_notes(report.category, report.ends_on, say),
        foot=_foot(),
        landscape=False,
        points=9,
        sample=sample,
    )


def _head(report: ControlReport, say: Say) -> RuledTable:
    facts = [("设备类别", say(category(report.category).label)), ("状态", say(report.state.label))]
    if report.kind is ControlReportKind.MONTH:
        held = f"{clock.site_time(report.held_at):%Y年%m月%d日 %H:%M}" if report.held_at else "—"
        facts += [
            ("会议时间、地点", f"{held}　{report.place}"),
            ("主持人、记录人", f"{report.host or '—'}　{report.recorder or '—'}"),
            ("参加人员", report.participants or "—"),
        ]
    for label, name, at in (
        ("安全总监签字", report.director, report.director_signed_at),
        ("主要负责人签字", report.main_person, report.main_signed_at),
    ):
        facts.append((label, f"{name}　{clock.site_time(at):%Y-%m-%d %H:%M}" if at else "未签"))
    if report.reason:
        facts.append(("更正原因", report.reason))
    return RuledTable(FACTS, [RuledRow(pair) for pair in facts], headless=True)


def _figures(report: ControlReport, say: Say) -> RuledTable:
    """Two figures to a line."""
    stated = [(say(FIGURES[name]), str(number)) for name, number in figures_of(report).items()]
    stated += [("", "")] * (len(stated) % 2)
    rows = [RuledRow((*stated[place], *stated[place + 1])) for place in range(0, len(stated), 2)]
    columns = (
        RuledColumn("数据", 70),
        RuledColumn("数量", 25, Align.RIGHT),
        RuledColumn("数据", 70),
        RuledColumn("数量", 25, Align.RIGHT),
    )
    return RuledTable(
        columns, rows, title="本周数据" if report.kind is ControlReportKind.WEEK else "本月数据"
    )


def _words(report: ControlReport, say: Say) -> RuledTable:
    watched = say(report.watched.label) if report.watched else "—"
    facts = [
        ("总体情况", report.summary or "—"),
        ("风险分析研判", report.analysis or "—"),
        ("下一步安排", report.next_plan or "—"),
        ("维保监督", f"{watched}　{report.watched_text}".strip()),
    ]
    return RuledTable(FACTS, [RuledRow(pair) for pair in facts], title="分析和安排", headless=True)


def _listed(report: ControlReport, say: Say) -> RuledTable:
    rows = [
        RuledRow(
            (
                str(number),
                one["place"] or "—",
                say(one["grade"]) if one["grade"] else "—",
                one["text"],
                one["who"] or "—",
                one["due_on"] or "—",
                say(one["state"]),
            )
        )
        for number, one in enumerate(problems_in(report), 1)
    ]
    columns = (
        RuledColumn("编号", 12, Align.MIDDLE),
        RuledColumn("部位", 34),
        RuledColumn("等级", 16),
        RuledColumn("隐患、问题", 56, lines=6),
        RuledColumn("整改单位", 30),
        RuledColumn("期限", 22),
        RuledColumn("状态", 20),
    )
    return RuledTable(columns, rows, title="隐患和问题", empty="无。")


def _decisions(report: ControlReport) -> RuledTable:
    rows = [
        RuledRow((str(number), one["text"], one["person"] or "—", one["due_on"] or "—"))
        for number, one in enumerate(report.decisions, 1)
    ]
    columns = (
        RuledColumn("序号", 12, Align.MIDDLE),
        RuledColumn("会议决定和下月重点", 118, lines=4),
        RuledColumn("责任人", 32),
        RuledColumn("期限", 28),
    )
    return RuledTable(columns, rows, title="会议决定", empty="无。")


def _signed_paper(report: ControlReport, pictures: Mapping[str, str]) -> list[RuledTable]:
    shown = [paper for paper in report.paper if paper["sha256"] in pictures]
    if not shown:
        return []
    rows = [RuledRow(("纸质签字页", ""), pictures={1: pictures[shown[0]["sha256"]]}, lines=40)]
    columns = (RuledColumn("附件", 34), RuledColumn("", 156))
    return [RuledTable(columns, rows, new_page=True)]


def list_paper(own: RiskList, say: Say, *, sample: bool = False) -> RuledPaper:
    """安全风险管控清单 with all its columns, on A4 across."""
    unit = session.get_one(Organisation, own.organisation_id)
    rows = [
        RuledRow(
            (
                row["code"],
                _lines(row["object"] or row["place"], row["unit"]),
                row["place"],
                _lines(row["risk"], row["source"]),
                row["accident"],
                "是" if row["key"] else "否",
                row["factor"],
                row["level"],
                row["grade"],
                _lines(row["check"], row["hazard"]),
                _lines(row["measure"], row["measure_kind"]),
                _lines(row["emergency"], row["forecast"]),
                row["post"],
                row["found_on"],
            )
        )
        for row in own.rows
    ]
    columns = (
        RuledColumn("序号", 10),
        RuledColumn("风险点/分析单元", 24, lines=4),
        RuledColumn("部位", 18, lines=3),
        RuledColumn("风险/来源", 36, lines=6),
        RuledColumn("事故类型", 20, lines=3),
        RuledColumn("重点", 10),
        RuledColumn("因素", 12),
        RuledColumn("管控层级", 16, lines=2),
        RuledColumn("等级", 12),
        RuledColumn("检查内容/隐患情形", 48, lines=8),
        RuledColumn("管控措施/类别", 34, lines=6),
        RuledColumn("应急措施/预警", 30, lines=6),
        RuledColumn("责任岗位", 18, lines=2),
        RuledColumn("辨识日期", 18, lines=2),
    )
    adopted = (
        f"{clock.site_time(own.adopted_at):%Y-%m-%d} {own.adopter} 通过" if own.adopted_at else "草稿，未通过"
    )
    label = say(category(own.category).label)
    return RuledPaper(
        title="特种设备安全风险管控清单",
        about=[f"{unit.name}　{label}　第{own.version}版　{adopted}"],
        tables=[RuledTable(columns, rows, empty="清单为空。")],
        signatures=["安全总监", "主要负责人"],
        notes=_notes(own.category, clock.today(), say),
        foot=_foot(),
        sample=sample,
    )


def _lines(*texts: str) -> list[str]:
    """Those that say something, each on a line of its own."""
    return [text for text in texts if text]


def _notes(category_key: str, on: date, say: Say) -> list[str]:
    """What everybody must know of a paper: whose layout it is, and how sure its articles are."""
    stated = control_clauses(category_key, on)
    notes = [say(LAYOUT)]
    if not stated.citation.confidence.verified:
        notes.append(f"依据：{stated.citation.document}，{stated.citation.clause}：未核实。{stated.note}")
    else:
        notes.append(f"依据：{stated.citation.document}，{stated.citation.clause}。")
    return notes


def _foot() -> str:
    return f"打印时间　{clock.site_time(clock.now()):%Y-%m-%d %H:%M}"
