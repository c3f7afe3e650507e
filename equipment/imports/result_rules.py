"""The columns of a workbook of inspection results, by which headings each is known, and what its words mean.
Pure."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from equipment.core.words import N_, Message
from equipment.imports.mapping_rules import ColumnUse, FieldMap, spellings
from equipment.imports.table_rules import heading_key, name_key
from equipment.imports.vocabulary_rules import HEADING, Vocabulary
from equipment.inspections.rules import Conclusion, InspectionKind

NUMBER, MAKER, ON, CONCLUSION, REPORT, NEXT, NEXT_REASON, REMARK, KIND, ITEMS, NOTICE, FEEDBACK, VALVE = (
    "number",
    "maker",
    "on",
    "conclusion",
    "report_no",
    "stated_next_on",
    "next_reason",
    "remark",
    "kind",
    "open_items",
    "notice_no",
    "feedback_on",
    "valve_until",
)
DAYS = (ON, NEXT, FEEDBACK, VALVE)
MONTHS = (NEXT, VALVE)  # as rings and valves show them: the last day of the month
# The works of the jobs process that these files ask for.
READ, CHECK, RECORD, TEMPLATE = (
    "results.import_read",
    "results.import_check",
    "results.import",
    "results.template",
)


class ResultColumn(NamedTuple):
    """What a column can become: its key, what it is called (msgid), the headings it is known by, the first of
    which stands in the template; whether it is needed, and whether one value may stand for all rows."""

    key: str
    label: str
    headings: tuple[str, ...]
    required: bool = False
    fixable: bool = False


NUMBERS = (
    "编号",
    "标签码",
    "标签编号",
    "二维码",
    "条码",
    "设备编号",
    "设备代码",
    "特种设备代码",
    "注册代码",
    "登记代码",
    "注册号",
    "使用登记证编号",
    "使用登记证号",
    "使用登记编号",
    "登记证编号",
    "气瓶编号",
    "钢瓶编号",
    "气瓶号",
    "钢瓶号",
    "瓶号",
    "钢印号",
    "出厂编号",
    "产品编号",
    "内部编号",
    "单位内编号",
    "自编号",
    "号码",
)
COLUMNS = (
    ResultColumn(NUMBER, N_("Number of the piece (any it is known by)"), NUMBERS, True),
    ResultColumn(MAKER, N_("Maker"), ("制造单位", "制造厂", "生产单位", "制造厂家")),
    ResultColumn(
        ON, N_("Inspected on"), ("检验日期", "检测日期", "检验时间", "本次检验日期", "检验年月日"), True, True
    ),
    ResultColumn(
        CONCLUSION,
        N_("Conclusion"),
        ("检验结论", "结论", "检验结果", "检测结论", "结果", "评定结果"),
        True,
        True,
    ),
    ResultColumn(
        REPORT,
        N_("Inspection report number"),
        ("报告编号", "检验报告编号", "报告号", "检测报告编号", "报告书编号"),
        False,
        True,
    ),
    ResultColumn(
        NEXT,
        N_("Next day as the report or ring states it"),
        ("下次检验日期", "下次检验", "下次检测日期", "下检日期", "检验有效期至", "有效期至"),
        False,
        True,
    ),
    ResultColumn(
        NEXT_REASON,
        N_("Why it lies beyond the rule's day"),
        ("下次日期理由", "延长理由", "延期理由"),
        False,
        True,
    ),
    ResultColumn(
        REMARK,
        N_("Remark, or what is wrong"),
        ("不合格原因", "不合格项", "备注", "问题", "存在问题", "报废原因"),
    ),
    ResultColumn(KIND, N_("Kind of inspection"), ("检验类别", "检验类型", "检测类别"), True, True),
    ResultColumn(ITEMS, N_("Items corrected or left under guard, one a line"), ("整改项目", "整改内容")),
    ResultColumn(
        NOTICE,
        N_("Number of the notice (检验意见通知书)"),
        ("意见通知书编号", "检验意见通知书编号", "通知书编号"),
    ),
    ResultColumn(
        FEEDBACK, N_("The unit tells what it corrected by"), ("整改反馈日期", "反馈日期", "整改期限")
    ),
    ResultColumn(
        VALVE,
        N_("New valve: its design life ends on"),
        ("新瓶阀使用期限", "换阀使用期限", "新瓶阀有效期至", "新阀有效期至", "换阀有效期至"),
    ),
)
BY_KEY = {column.key: column for column in COLUMNS}
GRADE_WORDS = {
    Conclusion.GRADE_1: ("1", "一"),
    Conclusion.GRADE_2: ("2", "二"),
    Conclusion.GRADE_3: ("3", "三"),
    Conclusion.GRADE_4: ("4", "四"),
    Conclusion.GRADE_5: ("5", "五"),
}
# The same said of another category: 符合要求 of a boiler is 合格 of a crane; a pipeline has no monitored grade 4.
ALIKE = (
    {Conclusion.PASSED, Conclusion.MEETS},
    {Conclusion.FAILED, Conclusion.NOT_MET},
    {Conclusion.GRADE_4, Conclusion.GRADE_4_END},
)
_CONCLUSIONS: Mapping[str, Conclusion] = {
    **dict.fromkeys(("合格", "检验合格", "符合", "符合要求", "通过", "复检合格"), Conclusion.PASSED),
    **dict.fromkeys(("整改后合格", "整改合格"), Conclusion.CORRECTED),
    **dict.fromkeys(
        ("不合格", "检验不合格", "不符合", "不符合要求", "不通过", "复检不合格"), Conclusion.FAILED
    ),
    "基本符合要求": Conclusion.BASIC,
    "基本符合": Conclusion.BASIC,
    **{
        word: conclusion
        for conclusion, figures in GRADE_WORDS.items()
        for word in (f"安全状况等级{figures[0]}级", *(f"{figure}级" for figure in figures), figures[0])
    },
    "4级（不得继续使用）": Conclusion.GRADE_4_END,
    **dict.fromkeys(("报废", "判废", "判报废", "应报废"), Conclusion.SCRAP),
}
_KINDS: Mapping[str, InspectionKind] = {
    **dict.fromkeys(("定期检验", "定检", "检验", "定期"), InspectionKind.INSPECTION),
    **dict.fromkeys(("自行检测", "检测"), InspectionKind.SELF_TEST),
    **dict.fromkeys(("监督检验", "安装监督检验", "监检"), InspectionKind.SUPERVISION),
    "改造监督检验": InspectionKind.ALTERATION,
    "重大修理监督检验": InspectionKind.MAJOR_REPAIR,
}
RESULTS = "results"  # these words among those that the bureau extends
# Every word that is shipped, by what it is for; the bureau's own lie over them.
RESULT_WORDS = Vocabulary(
    {
        **{(HEADING, heading_key(text)): column.key for column in COLUMNS for text in column.headings},
        **{(CONCLUSION, name_key(word)): meaning.value for word, meaning in _CONCLUSIONS.items()},
        **{(KIND, name_key(word)): meaning.value for word, meaning in _KINDS.items()},
    }
)


def as_category_says(conclusion: Conclusion, possible: Collection[Conclusion]) -> Conclusion:
    """A conclusion in the words of the category, where it says the same with another one."""
    if conclusion in possible:
        return conclusion
    alike = (one for same in ALIKE if conclusion in same for one in same if one in possible)
    return next(alike, conclusion)


def suggested_columns(header: Sequence[str], words: Vocabulary = RESULT_WORDS) -> FieldMap:
    """What a header asks for by itself: a piece may have several numbers, everything else stands once."""
    headings = words.of(HEADING)
    columns: dict[str, ColumnUse] = {}
    taken: set[str] = set()
    for name in header:
        key = next((headings[spelling] for spelling in spellings(name) if spelling in headings), None)
        if key is not None and (key == NUMBER or key not in taken):
            columns[name] = ColumnUse(key)
            taken.add(key)
    return FieldMap(columns, {KIND: InspectionKind.INSPECTION.value})


def column_problems(header: Sequence[str], mapping: FieldMap) -> dict[str, Message]:
    """What is wrong with a mapping before any row is looked at, by column or key."""
    problems: dict[str, Message] = {}
    taken: set[str] = set()
    for name, use in mapping.columns.items():
        if use.to not in BY_KEY:
            problems[name] = Message(N_("There is no field “%(field)s”."), {"field": use.to})
        elif name in header:
            if use.to in taken and use.to != NUMBER:
                label = BY_KEY[use.to].label
                problems[name] = Message(N_("Two columns lead to “%(field)s”."), {"field": label})
            taken.add(use.to)
    for column in COLUMNS:
        if column.required and column.key not in taken and not mapping.fixed.get(column.key):
            problems[column.key] = Message(
                N_("“%(field)s” is needed: choose its column or give one value for all rows."),
                {"field": column.label},
            )
    return problems
