"""监察指令书 and the file of its case composed for paper, in Chinese whoever prints them: authorities and
courts read them. Layouts after the fields that facts name (docs/facts/rules.md), not checked against the
form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from uuid import UUID

from equipment.core import clock
from equipment.core.words import N_
from equipment.insurance.rules import yuan
from equipment.orders.hooks import CasePart, CasePhoto, origin_parts, seizure_parts
from equipment.orders.listing import steps_of
from equipment.orders.models import CaseTransfer, Order, OrderFile
from equipment.orders.queries import OrderProblem, extensions_of, files_of, problems_of, transfers_of
from equipment.orders.rules import OrderUrgency, ServiceWay
from equipment.people.models import User
from equipment.people.rules import SYSTEM
from equipment.people.scope import visible
from equipment.regulation.supervision_numbers import court_months, review_days
from equipment.storage.db import session
from equipment.tasks.sheets import Say
from equipment.web.language import LOCALES, translate

SPOKEN = LOCALES[0]
LAYOUT = N_("Layout not checked against the official form.")
ORDER_PART = "order"


@dataclass(frozen=True, slots=True)
class PaperProblem:
    """A problem as the paper words it."""

    text: str
    rule: str
    piece: str = ""


@dataclass(frozen=True, slots=True)
class OrderPaper:
    """What stands on the paper of an order; `signature` is the address of the drawn one."""

    office: str
    number: str
    unit: str
    problems: Sequence[PaperProblem]
    basis: str
    deadline: str
    measures: str
    review_days: int
    review_body: str
    court_months: int
    court: str
    inspectors: str
    receiver: str
    unit_head: str
    refusal: str
    issued_on: str
    foot: str
    signature: str = ""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """案卷: its cover, its order and the documents behind it, the earliest first."""

    title: str
    paper: OrderPaper
    cover: Sequence[tuple[str, str]]
    parts: Sequence[CasePart]
    annexes: Sequence[CasePhoto] = field(default_factory=tuple)


def spoken() -> Say:
    return partial(translate, locale=SPOKEN)


def day_in_words(day: date) -> str:
    """2026年12月5日."""
    return f"{day.year}年{day.month}月{day.day}日"


def order_paper(order: Order, signature: str = "") -> OrderPaper:
    """The order as its paper says it: as it was issued, with the day that was set last."""
    say = spoken()
    on = order.issued_on
    people = "　".join(
        person["name"] + (f"（{person['certificate']}）" if person["certificate"] else "")
        for person in order.inspectors
    )
    extended = extensions_of(order)
    first_day = extended[0].was_on if extended else order.due_on
    at_once = order.urgency is OrderUrgency.AT_ONCE
    refusal = ""
    if order.service_way is ServiceWay.REFUSED:
        refusal = f"受检单位拒绝签收，原因：{order.service_note}　见证人：{order.witness}"
    received = f"{order.receiver}　{_at(order.served_at)}" if order.receiver else ""
    return OrderPaper(
        office=order.issuer_name,
        number=order.number,
        unit=order.unit_name,
        problems=[_paper_problem(row) for row in problems_of(order)],
        basis=order.basis,
        deadline=f"立即整改，于{day_in_words(first_day)}前" if at_once else f"于{day_in_words(first_day)}前",
        measures=f"，并采取以下措施：{order.measures.rstrip('。；')}，" if order.measures else "，",
        review_days=review_days(on),
        review_body=order.review_body,
        court_months=court_months(on),
        court=order.court,
        inspectors=people,
        receiver=received,
        unit_head=order.unit_head,
        refusal=refusal,
        issued_on=day_in_words(on),
        foot=say(LAYOUT),
        signature=signature,
    )


def _paper_problem(row: OrderProblem) -> PaperProblem:
    return PaperProblem(row.item.problem.rstrip("。") + "。", row.item.rule_text, row.item.piece_name)


def _at(at: datetime | None) -> str:
    return f"{clock.site_time(at):%Y-%m-%d %H:%M}" if at else ""


def case_file(order: Order) -> CaseFile:
    """Everything on file about an order, in the order in which it came."""
    say, files, problems = spoken(), files_of(order), problems_of(order)
    parts = [
        *origin_parts(order),
        CasePart("特种设备安全监察指令书", order.issued_on.isoformat(), kind=ORDER_PART),
        *_service(order, files, say),
        *seizure_parts(order),
        *_handling(problems, files, "evidence", "使用单位整改情况"),
        *_handling(problems, files, "recheck", "复查情况"),
        *_more_time(order),
        *[_transfer(case, say) for case in transfers_of(order)],
        _ledger(order, say),
    ]
    cover = [
        ("案由", "；".join(row.item.problem for row in problems)[:120]),
        ("当事单位", order.unit_name),
        ("文号", order.number),
        ("发文日期", day_in_words(order.issued_on)),
        ("整改期限", day_in_words(order.due_on)),
        ("状态", say(order.state.label)),
        ("结案日期", day_in_words(order.closed_on) if order.closed_on else ""),
        ("打印时间", _at(clock.now())),
    ]
    annexes = [photo for part in parts for photo in part.photos if not is_picture(photo)]
    return CaseFile(f"{order.number} 案卷", order_paper(order), cover, parts, annexes)


def is_picture(photo: CasePhoto) -> bool:
    return photo.media_type.startswith("image/")


def _photos(files: Sequence[OrderFile], kind: str) -> list[CasePhoto]:
    return [
        CasePhoto(
            file.sha256,
            file.name,
            file.media_type,
            f"{f'问题{file.item}　' if file.item else ''}{file.name}　{_at(file.at)}",
        )
        for file in files
        if file.kind == kind
    ]


def _service(order: Order, files: Sequence[OrderFile], say: Say) -> list[CasePart]:
    if order.service_way is None or order.served_at is None:
        return []
    facts = [
        ("送达方式", say(order.service_way.label)),
        ("送达时间", _at(order.served_at)),
        ("收件人", order.receiver),
        ("拒签原因", order.service_note),
        ("见证人", order.witness),
    ]
    told = [(name, text) for name, text in facts if text]
    photos = _photos(files, "served")
    if order.signature:
        photos.insert(0, CasePhoto(order.signature, "签名.png", "image/png", "签收"))
    return [CasePart("送达情况", clock.site_day(order.served_at).isoformat(), told, photos=photos)]


def _handling(
    problems: Sequence[OrderProblem], files: Sequence[OrderFile], kind: str, title: str
) -> list[CasePart]:
    """What was said of each problem by the unit, or by the bureau that looked again."""
    people = _people(problems)
    rows = []
    for row in problems:
        if kind == "evidence":
            text, at, who = row.answer, _answered_at(row), row.answered_by
        else:
            text, at, who = _recheck_text(row), _rechecked_at(row), _rechecked_by(row)
        if at is not None:
            rows.append((str(row.item.no), text, _at(at), people.get(who, "")))
    photos = _photos(files, kind)
    if not rows and not photos:
        return []
    day = min((row[2][:10] for row in rows), default=photos[0].text[-16:-6] if photos else "")
    return [CasePart(title, day, columns=("序号", "内容", "时间", "经手人"), rows=rows, photos=photos)]


def _answered_at(row: OrderProblem) -> datetime | None:
    return row.hazard.rectified_at if row.hazard else row.item.answered_at


def _rechecked_at(row: OrderProblem) -> datetime | None:
    return row.hazard.rechecked_at if row.hazard else row.item.rechecked_at


def _rechecked_by(row: OrderProblem) -> UUID | None:
    return row.hazard.rechecked_by if row.hazard else row.item.rechecked_by


def _recheck_text(row: OrderProblem) -> str:
    verdict = "已整改" if row.stand.is_right else "未整改到位"
    return f"{verdict}。{row.recheck}" if row.recheck else f"{verdict}。"


def _people(problems: Sequence[OrderProblem]) -> Mapping[UUID | None, str]:
    keys = {key for row in problems for key in (row.answered_by, _rechecked_by(row)) if key}
    rows = visible(SYSTEM, User).where(User.id.in_(keys)).with_only_columns(User.id, User.name)
    return {row.id: row.name for row in session.execute(rows)}


def _more_time(order: Order) -> list[CasePart]:
    rows = [
        (row.was_on.isoformat(), row.until_on.isoformat(), row.reason, _at(row.at))
        for row in extensions_of(order)
    ]
    if not rows:
        return []
    return [CasePart("延期情况", rows[0][3][:10], columns=("原期限", "延至", "理由", "时间"), rows=rows)]


def _transfer(case: CaseTransfer, say: Say) -> CasePart:
    facts = [
        ("移送单位", case.team),
        ("移送日期", case.transferred_on.isoformat()),
        ("案件事实", case.facts),
        ("移送材料", case.materials),
        ("处理结果", say(case.result.label) if case.result else "尚未反馈"),
        ("结果日期", case.result_on.isoformat() if case.result_on else ""),
        ("文书号", case.document),
        ("罚款", f"{yuan(case.fine_fen)}元" if case.fine_fen else ""),
        ("备注", case.remark),
    ]
    return CasePart("案源移送", case.transferred_on.isoformat(), [pair for pair in facts if pair[1]])


def _ledger(order: Order, say: Say) -> CasePart:
    """Every step with who took it and when, as the ledger has it."""
    rows = [
        (_at(step.at), say(step.title), step.by, translate(step.text, locale=SPOKEN) if step.text else "")
        for step in steps_of(order)
    ]
    columns = ("时间", "步骤", "经手人", "内容")
    return CasePart("办理过程（留痕）", clock.today().isoformat(), columns=columns, rows=rows)
