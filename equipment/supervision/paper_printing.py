"""特种设备安全监督检查记录表 (order 57, annex 4) composed for paper, and the same as a part of the file of a case.
In Chinese whoever prints it. The layout follows the fields that facts name, not the form itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_
from equipment.orders.hooks import CasePart, CasePhoto
from equipment.orders.models import InspectorOfOrder, Order
from equipment.orders.paper_printing import day_in_words
from equipment.orders.rules import OrderOrigin
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.register.models import Equipment
from equipment.register.naming import KNOWN_BY, NO_NUMBER, called, numbers_of, other_number
from equipment.register.rules import IdentifierKind
from equipment.register.views import kind_of
from equipment.storage.db import session
from equipment.supervision.models import CheckFinding, SupervisionCheck
from equipment.supervision.queries import findings_of, pieces_of
from equipment.supervision.rules import Measure, UnitAnswer, UnitRole
from equipment.tasks.ruled import RuledColumn, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Say
from equipment.web.language import LOCALES, translate

SPOKEN = LOCALES[0]
LAYOUT = N_("Layout not checked against the official form.")
TICKED, EMPTY = "☑", "☐"
SIGNED_LINES = 4  # room for a drawn signature
BLANK_DAY = "　　年　　月　　日"
SIGNERS = (
    ("unit", "受检单位"),
    ("inspector-1", "检查人员1"),
    ("inspector-2", "检查人员2"),
    ("inspector-3", "检查人员3"),
    ("recorder", "记录员"),
)
# What tells one piece from all others, the first that it has. A certificate may be one for many bottles.
PIECE_CODES = ((IdentifierKind.EQUIPMENT_CODE, "设备代码"), (IdentifierKind.REGISTRATION_CODE, "注册代码"))
OTHER_CODES = tuple(
    kind for kind in KNOWN_BY if kind not in (IdentifierKind.CERTIFICATE_NO, *dict(PIECE_CODES))
)


def check_paper(
    check: SupervisionCheck, pictures: Mapping[str, str], say: Say, *, sample: bool = False
) -> RuledPaper:
    """The record on A4 upright: the head, the unit, what was looked at, what was found, what was done, who
    signed."""
    columns = (RuledColumn("项目", 34, bold=True), RuledColumn("内容", 156, lines=14))
    head = [RuledRow((name, text or "—")) for name, text in check_facts(check, say)]
    names = piece_names(pieces_of(check), say)
    findings = [
        RuledRow((str(row.no), [*filter(None, _problem(row, names))], _handling(check, row, say)))
        for row in findings_of(check)
    ]
    problems = RuledTable(
        (
            RuledColumn("序号", 12),
            RuledColumn("检查发现的问题及违反的规定", 142, lines=12),
            RuledColumn("处理", 36, lines=2),
        ),
        findings,
        title="检查情况",
        empty="未发现问题。",
    )
    return RuledPaper(
        title="特种设备安全监督检查记录",
        about=[f"编号　{check.number}"],
        tables=[
            RuledTable(columns, head, headless=True),
            problems,
            RuledTable(columns, _outcome(check, say), headless=True),
            _signed(check, pictures),
            *_photos(check, pictures),
        ],
        notes=[say(LAYOUT)],
        foot=f"打印时间　{clock.site_time(clock.now()):%Y-%m-%d %H:%M}",
        landscape=False,
        points=9,
        sample=sample,
    )


def check_facts(check: SupervisionCheck, say: Say) -> list[tuple[str, str]]:
    """The head of the record and its unit, as the form names them."""
    unit = check.unit
    pieces = "；".join(piece_names(pieces_of(check), say).values())
    people = "、".join(map(_inspector, check.inspectors))
    began, ended = clock.site_time(check.began_at), clock.site_time(check.ended_at)
    roles = "　".join(f"{TICKED if role in unit['roles'] else EMPTY}{say(role.label)}" for role in UnitRole)
    return [
        ("检查类别", say(check.kind.label)),
        ("检查时间", f"{began:%Y年%m月%d日 %H时%M分} 至 {ended:%H时%M分}"),
        ("检查人员", people),
        ("记录员", check.recorder),
        ("受检单位", unit["name"]),
        ("统一社会信用代码", unit["credit_code"]),
        ("法定代表人", unit["legal_representative"]),
        ("安全管理负责人", unit["safety_manager"]),
        ("单位地址", unit["address"]),
        ("联系人", " ".join(filter(None, (unit["contact"], unit["post"], unit["phone"])))),
        ("单位类别", roles),
        ("抽查设备", pieces or "无"),
        ("上次问题整改情况", check.last_problems),
    ]


def piece_names(looked_at: Sequence[Equipment], say: Say) -> dict[UUID, str]:
    """Each piece by its kind, what its unit calls it and a number that no other piece has."""
    ids = [piece.id for piece in looked_at]
    codes = [(label, numbers_of(ids, (kind,))) for kind, label in PIECE_CODES]
    others = numbers_of(ids, OTHER_CODES)
    names = {}
    for piece in looked_at:
        numbers = [label + of_pieces[piece.id] for label, of_pieces in codes if piece.id in of_pieces]
        if piece.serial:
            numbers.append(f"产品编号{piece.serial}")
        words = [say(kind_of(piece)), piece.name or "", *numbers[:1]]
        if piece.own_number:
            words.append(f"单位内编号{piece.own_number}")
        if not numbers and not piece.own_number:
            words.append(others.get(piece.id, ""))
        if not any(words[1:]):
            words.append(say(NO_NUMBER if other_number(piece) else called(piece)))
        names[piece.id] = " ".join(filter(None, words))
    return names


def _inspector(person: InspectorOfOrder) -> str:
    return person["name"] + (f"（{person['certificate']}）" if person["certificate"] else "")


def _problem(row: CheckFinding, names: Mapping[UUID, str]) -> tuple[str, str, str]:
    """What is wrong, at which piece, and the rule that it breaks."""
    piece = names.get(row.equipment_id, "") if row.equipment_id else ""
    return row.text, f"设备：{piece}" if piece else "", row.rule_text


def _handling(check: SupervisionCheck, row: CheckFinding, say: Say) -> str:
    """What follows for one problem: an order takes up all that were not put right on the spot."""
    if row.put_right:
        return "当场改正"
    return say(Measure.ORDER.label) if Measure.ORDER in check.measures else ""


def _outcome(check: SupervisionCheck, say: Say) -> list[RuledRow]:
    measures = "　".join(f"{TICKED if one in check.measures else EMPTY}{say(one.label)}" for one in Measure)
    answer = say(check.unit_answer.label)
    if check.unit_answer is UnitAnswer.REFUSED:
        answer = f"{answer}。原因：{check.refusal}　见证人：{check.witness}"
    return [
        RuledRow(("处理措施", f"{measures}　{check.other_measure}".strip())),
        RuledRow(("受检单位意见", check.unit_opinion or "—")),
        RuledRow(("受检单位签字", f"{answer}　{check.signer}".strip())),
        *([RuledRow(("更正原因", check.reason))] if check.reason else []),
    ]


def _signed(check: SupervisionCheck, pictures: Mapping[str, str]) -> RuledTable:
    """Both sides by name, each with the drawing and its day; blanks where somebody signs by hand. A
    correction is signed anew when it comes."""
    names = {"unit": check.signer}
    names |= {f"inspector-{no}": _inspector(person) for no, person in enumerate(check.inspectors, 1)}
    if check.recorder and check.recorder not in {person["name"] for person in check.inspectors}:
        names["recorder"] = check.recorder
    day = clock.site_day(check.received_at if check.replaces_id else check.ended_at)
    refused = check.unit_answer is UnitAnswer.REFUSED
    rows = []
    for who, label in SIGNERS:
        digest = check.signatures.get(who, "")
        if who not in names and not digest:
            continue
        name = "拒绝签字" if who == "unit" and refused else names.get(who) or check.recorder
        rows.append(
            RuledRow(
                (label, name, "", day_in_words(day) if digest else BLANK_DAY),
                pictures={2: pictures[digest]} if digest in pictures else {},
                lines=SIGNED_LINES,
            )
        )
    columns = (
        RuledColumn("签字人", 30, bold=True),
        RuledColumn("姓名（证件编号）", 46),
        RuledColumn("签字", 76),
        RuledColumn("日期", 38),
    )
    return RuledTable(columns, rows, title="签字")


def _photos(check: SupervisionCheck, pictures: Mapping[str, str]) -> list[RuledTable]:
    shown = [photo for photo in check.photos if photo["sha256"] in pictures]
    if not shown:
        return []
    rows = [
        RuledRow((photo["name"], ""), pictures={1: pictures[photo["sha256"]]}, lines=18) for photo in shown
    ]
    columns = (RuledColumn("照片", 34, lines=4), RuledColumn("", 156))
    return [RuledTable(columns, rows, title="现场照片", new_page=True)]


def parts_of_origin(order: Order) -> Sequence[CasePart]:
    """The record that an order came of, as the first document of its case."""
    if order.origin is not OrderOrigin.CHECK or order.origin_id is None:
        return ()
    wanted = visible(SYSTEM, SupervisionCheck).where(
        SupervisionCheck.organisation_id == order.organisation_id, SupervisionCheck.id == order.origin_id
    )
    check = session.scalar(wanted)
    if check is None:
        return ()
    say = partial(translate, locale=SPOKEN)
    names = piece_names(pieces_of(check), say)
    rows = [
        (str(row.no), f"{text}（{piece}）" if piece else text, rule, _handling(check, row, say))
        for row in findings_of(check)
        for text, piece, rule in [_problem(row, names)]
    ]
    labels = dict(SIGNERS)
    drawn = [
        CasePhoto(digest, f"{labels.get(who, who)}.png", "image/png", f"{labels.get(who, who)}签字")
        for who, digest in check.signatures.items()
    ]
    photos = [
        CasePhoto(photo["sha256"], photo["name"], photo["media_type"], photo["name"])
        for photo in check.photos
    ]
    facts = [("编号", check.number), *check_facts(check, say)]
    facts += [
        ("处理措施", "、".join(say(Measure(key).label) for key in check.measures)),
        ("受检单位意见", check.unit_opinion),
        (
            "受检单位签字",
            f"{say(check.unit_answer.label)} {check.signer} {check.witness} {check.refusal}".strip(),
        ),
    ]
    return (
        CasePart(
            "特种设备安全监督检查记录",
            check.on.isoformat(),
            [pair for pair in facts if pair[1]],
            ("序号", "问题", "违反规定", "处理"),
            rows,
            [*drawn, *photos],
        ),
    )
