"""电梯维护保养记录 composed as a ruled paper: the lift and its numbers (TSG T5002 Art. 8), who was there, the
items in two columns, what was not simply normal, who signed and how (Art. 7), the photos behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from flask_babel import get_locale

from equipment.core import clock
from equipment.core.words import N_, Message
from equipment.maintenance.answer_rules import StoredItem
from equipment.maintenance.listing import SIGNATURE_LABELS, lift_name
from equipment.maintenance.queries import items_of
from equipment.maintenance.record_facts import UNLISTED, RecordPerson, VisitRecordFacts
from equipment.maintenance.states import Flag, ItemAnswer, SignatureKind, VisitState
from equipment.register.detail_views import facts as detail_facts
from equipment.register.rules import IdentifierKind
from equipment.register.views import kind_of
from equipment.regulation.checklists import Item, annex_checklist, by_place
from equipment.regulation.planning import DueKind
from equipment.regulation.presence_grades import PresenceGrade
from equipment.tasks.ruled import Align, RuledColumn, RuledHeading, RuledPaper, RuledRow, RuledTable
from equipment.tasks.sheets import Say
from equipment.web.language import translate

TIME = "%Y-%m-%d %H:%M"
MARKS: Mapping[str, str] = {
    ItemAnswer.OK: "√",
    ItemAnswer.ADJUSTED: "○",
    ItemAnswer.ABNORMAL: "×",
    ItemAnswer.NOT_APPLICABLE: "/",
    "": "＿",
}
LEGEND = N_("√ normal  ○ normal after adjustment  × abnormal  / not applicable  ＿ not answered")
LAYOUT = N_(
    "Content after TSG T5002-2017 Art. 7 and 8. The layout is this system's own and has not been checked "
    "against an official form."
)
WAYS: Mapping[str, str] = {
    "own": N_("Own sign-in"),
    "card": N_("Card only, not confirmed"),
    "denied": N_("Card only: he says it was not him"),
    "paper": N_("Entered late from paper"),
    "system": N_("Reported by the firm’s system"),
}
SIGNED_LINES, BLANK_LINES = 4, 3  # room for a drawn signature; for one by hand
PHOTO_LINES, PHOTOS_ACROSS, PHOTOS_A_PAGE = 17, 2, 6
POINTS = 8.5


@dataclass(frozen=True, slots=True)
class RecordPictures:
    """What a paper shows: addresses of pictures by the digest of their content, and of the QR symbol that
    leads
    to the record."""

    by_digest: Mapping[str, str]
    symbol: str = ""


def record_paper(
    facts: VisitRecordFacts, pictures: RecordPictures, say: Say, *, photos: bool = True, sample: bool = False
) -> RuledPaper:
    """The record of one visit, A4 upright."""
    visit = facts.visit
    tables = [
        _head(facts, say),
        _wide_facts(facts, say),
        _items(visit.answers, items_of(visit), say),
        *_remarkable(facts, say),
        _signatures(facts, pictures, say),
        *(_photos(facts, pictures, say) if photos else ()),
    ]
    number, digest = facts.chain
    chain = Message(
        say(N_("Ledger line %(number)s, digest %(digest)s")), {"number": number, "digest": digest[:12]}
    )
    retention = Message(say(N_("kept until %(day)s at least")), {"day": facts.kept_until.isoformat()})
    return RuledPaper(
        title=say(N_("Record of lift maintenance")),
        about=[
            f"{say(N_('Record number'))}　{visit.number or '—'}",
            f"{say(N_('Maintenance firm'))}　{facts.firm}",
        ],
        tables=tables,
        notes=[say(LEGEND), say(LAYOUT)],
        foot=f"{as_of(say)}　{chain}　{retention}",
        landscape=False,
        points=POINTS,
        sample=sample,
        symbol=pictures.symbol,
    )


def as_of(say: Say) -> str:
    return f"{say(N_('As of'))} {clock.site_time(clock.now()):{TIME}}"


def _head(facts: VisitRecordFacts, say: Say) -> RuledTable:
    """Two facts beside each other, below what the record is worth."""
    visit, lift = facts.visit, facts.lift
    ended = f"{clock.site_time(visit.closed_at):{TIME}}" if visit.closed_at else say(N_("not signed out yet"))
    if visit.closed_at:
        minutes = round((visit.closed_at - visit.opened_at).total_seconds() / 60)
        ended += f"（{Message(say(N_('%(num)d minutes')), {'num': minutes})}）"
    count = len(items_of(visit))
    listed = say(DueKind(visit.duty).label) + (
        f"（{say(N_('Annex'))} {visit.annex} · {Message(say(N_('%(num)d items')), {'num': count})}）"
        if visit.annex
        else f"（{say(N_('set by the firm'))}）"
    )
    following = f"{visit.next_on:%Y-%m-%d} {say(DueKind(visit.next_duty).label)}" if visit.next_on else "—"
    pairs = [
        (N_("Use unit"), facts.unit, N_("Maintenance firm"), facts.firm),
        (N_("Lift"), lift_name(lift, say), N_("Maintenance licence"), facts.licence),
        (
            IdentifierKind.EQUIPMENT_CODE.label,
            facts.numbers.get(IdentifierKind.EQUIPMENT_CODE, ""),
            N_("Contract number"),
            facts.contract,
        ),
        (
            IdentifierKind.CERTIFICATE_NO.label,
            facts.numbers.get(IdentifierKind.CERTIFICATE_NO, ""),
            N_("Kind"),
            kind_of(lift),
        ),
        (N_("Unit's own number"), lift.own_number or "", N_("Class"), listed),
        (N_("Signed in"), f"{clock.site_time(visit.opened_at):{TIME}}", N_("Signed out"), ended),
        (N_("Proof of presence"), say(PresenceGrade(visit.grade).label), N_("Next visit"), following),
    ]
    columns = (
        RuledColumn("", 24, bold=True),
        RuledColumn("", 71, lines=2),
        RuledColumn("", 24, bold=True),
        RuledColumn("", 71, lines=2),
    )
    rows: list[RuledRow | RuledHeading] = [RuledHeading(text) for text in worth(facts, say)]
    rows += [
        RuledRow((say(left), value or "—", say(right), other or "—")) for left, value, right, other in pairs
    ]
    return RuledTable(columns, rows, headless=True)


def worth(facts: VisitRecordFacts, say: Say) -> list[str]:
    """What must be known before anything of the record is believed: void, corrected, disputed, late."""
    visit = facts.visit
    remarks: list[Message] = []
    if visit.state == VisitState.VOID:
        reason = visit.decision_reason if visit.decided_at else visit.correction_reason
        remarks.append(Message(say(N_("VOID: %(reason)s")), {"reason": reason}))
    if visit.state == VisitState.OPEN:
        remarks.append(Message(say(N_("The visit is still going on: this is no record yet."))))
    if visit.superseded:
        number = facts.after.number if facts.after else ""
        remarks.append(
            Message(say(N_("Corrected: record %(number)s stands in its place.")), {"number": number})
        )
    if facts.before is not None:
        stated = {"number": facts.before.number, "reason": visit.correction_reason}
        remarks.append(Message(say(N_("Corrects record %(number)s: %(reason)s")), stated))
    elif visit.late_entry:
        text = say(N_("Entered late from paper, no swipe: %(reason)s"))
        remarks.append(Message(text, {"reason": visit.correction_reason}))
    if visit.reported_by:
        remarks.append(
            Message(say(N_("Reported by the firm's own system; it is no swipe of this platform.")))
        )
    if visit.state == VisitState.DISPUTED:
        text = say(N_("Disputed by the use unit: %(reason)s"))
        remarks.append(Message(text, {"reason": visit.dispute_reason}))
    return [str(message) for message in remarks]


def _wide_facts(facts: VisitRecordFacts, say: Say) -> RuledTable:
    """What takes the whole width: parameters, flags, remarks."""
    visit = facts.visit
    parameters = detail_facts(facts.lift, annex_checklist(visit.annex or UNLISTED).parameters)
    flags = "；".join(say(Flag(flag).label) for flag in visit.flags) or say(N_("none"))
    counts = say(N_("Counts") if visit.counted else N_("Does not count"))
    rows = [
        (N_("Parameters"), "　".join(f"{label} {text}" for label, text in parameters)),
        (N_("Remarkable"), f"{flags}　{counts}"),
        (N_("Remark"), visit.remark),
    ]
    columns = (RuledColumn("", 24, bold=True), RuledColumn("", 166, lines=4))
    return RuledTable(columns, [RuledRow((say(name), text or "—")) for name, text in rows], headless=True)


def _items(answers: Mapping[str, StoredItem], items: tuple[Item, ...], say: Say) -> RuledTable:
    """Two items beside each other, place by place."""
    half = ((N_("Item code"), 12.5), (N_("Item and requirement"), 66.5), (N_("Result"), 16))
    columns = [
        RuledColumn(say(name), mm, Align.LEFT if mm > 60 else Align.MIDDLE, lines=3)
        for name, mm in (*half, *half)
    ]
    rows: list[RuledRow | RuledHeading] = []
    for place, of_place in by_place(items).items():
        rows.append(RuledHeading(say(place.label)))
        cells = [_item(item, answers.get(item.code, {})) for item in of_place]
        if len(cells) % 2:
            cells.append(("", "", ""))
        rows += [RuledRow((*left, *right)) for left, right in zip(cells[::2], cells[1::2], strict=True)]
    empty = say(N_("The maintenance firm sets the items of this lift after the maker's requirements."))
    return RuledTable(columns, rows, empty=empty)


def _item(item: Item, stored: StoredItem) -> tuple[str, str, list[str] | str]:
    """Code, name and requirement, and the answer with what was measured."""
    language = str(get_locale())
    readings = readings_of(stored)
    mark = MARKS[str(stored.get("answer") or "")]
    text = f"{item.name.in_language(language)}：{item.must.in_language(language)}"
    return item.code, text, [mark, *readings] if readings else mark


def readings_of(stored: StoredItem) -> list[str]:
    """What was measured at an item, each as people read it."""
    readings: object = stored.get("readings")
    if not isinstance(readings, Mapping):
        return []
    return [str(value) for value in readings.values() if value not in (None, "")]


def _remarkable(facts: VisitRecordFacts, say: Say) -> list[RuledTable]:
    """The items with more to say than "in order": abnormal, put right, left out, and what became of each."""
    rows = []
    for item in items_of(facts.visit):
        stored = facts.visit.answers.get(item.code, {})
        answer, note = str(stored.get("answer") or ""), str(stored.get("note") or "")
        if (answer == ItemAnswer.OK and not note) or not answer:
            continue
        became, text = facts.items.get(item.code), ""
        if became is not None and became.state is not None:
            text = f"{say(N_('Finding'))} {became.number} {say(became.state.label)}"
        name = item.name.in_language(str(get_locale()))
        rows.append(RuledRow((item.code, name, say(ItemAnswer(answer).label), note or "—", text or "—")))
    if not rows:
        return []
    columns = (
        RuledColumn(say(N_("Item code")), 14, Align.MIDDLE),
        RuledColumn(say(N_("Item")), 46),
        RuledColumn(say(N_("Result")), 22, Align.MIDDLE),
        RuledColumn(say(N_("Description or reason")), 66, lines=4),
        RuledColumn(say(N_("What became of it")), 42),
    )
    return [RuledTable(columns, rows)]


def _signatures(facts: VisitRecordFacts, pictures: RecordPictures, say: Say) -> RuledTable:
    """The technicians by the ways in which they stand for it, and the use unit, each signature by its
    kind."""
    visit = facts.visit
    rows = [_technician(person, say) for person in facts.people]
    unit = say(N_("Safety manager of the use unit"))
    for signature in facts.signatures:
        drawn = signature.kind != SignatureKind.PAPER and pictures.by_digest.get(signature.sha256)
        kind = say(SignatureKind(signature.kind).label)
        at = f"{clock.site_time(signature.at):{TIME}}"
        name = signature.signer_name or say(N_("nobody named"))
        shown = {5: drawn} if drawn else {}
        rows.append(
            RuledRow((unit, name, "—", kind, at, ""), pictures=shown, lines=SIGNED_LINES if drawn else 1)
        )
    own = visit.signed_at is not None and visit.signature in (SignatureKind.ACCOUNT, "drawn_before")
    if own and visit.signed_at is not None:
        kind, at = say(SIGNATURE_LABELS[visit.signature]), f"{clock.site_time(visit.signed_at):{TIME}}"
        before = (
            pictures.by_digest.get(visit.signature_sha256 or "") if visit.signature == "drawn_before" else ""
        )
        rows.append(
            RuledRow(
                (unit, visit.signer_name, "—", kind, at, ""),
                pictures={5: before} if before else {},
                lines=SIGNED_LINES if before else 1,
            )
        )
    if not facts.signatures and not own:
        rows.append(RuledRow((unit, "", "", say(N_("not signed yet")), "", ""), lines=BLANK_LINES))
    columns = (
        RuledColumn(say(N_("Who signs")), 30, bold=True),
        RuledColumn(say(N_("Signer")), 20, Align.MIDDLE),
        RuledColumn(say(N_("Certificate number")), 38, Align.MIDDLE),
        RuledColumn(say(N_("How")), 34, Align.MIDDLE),
        RuledColumn(say(N_("Time")), 28, Align.MIDDLE),
        RuledColumn(say(N_("Signature")), 40, Align.MIDDLE),
    )
    return RuledTable(columns, rows)


def _technician(person: RecordPerson, say: Say) -> RuledRow:
    since = f"{clock.site_time(person.since):{TIME}}"
    way = say(WAYS[person.how])
    return RuledRow((say(N_("Technician")), person.name, person.certificate or "—", way, since, ""))


def photos_of(facts: VisitRecordFacts) -> list[tuple[str, str]]:
    """(the digest of a photo, what it shows): those of items first, then the photo of a paper record."""
    language = str(get_locale())
    named = {item.code: item.name.in_language(language) for item in items_of(facts.visit)}
    photos = []
    for file in facts.attachments:
        at = f"{clock.site_time(file.at):{TIME}}"
        if file.kind.startswith("item:"):
            code = file.kind.removeprefix("item:")
            photos.append((file.sha256, f"{code} {named.get(code, '')}　{at}"))
        elif file.kind == "paper_record":
            photos.append((file.sha256, f"{translate(SignatureKind.PAPER.label)}　{at}"))
    return photos


def _photos(facts: VisitRecordFacts, pictures: RecordPictures, say: Say) -> list[RuledTable]:
    """The annex: two photos beside each other, six a page, each with its caption."""
    shown = photos_of(facts)
    if not shown:
        return []
    columns = [RuledColumn("", 95, Align.MIDDLE, lines=2)] * PHOTOS_ACROSS
    tables = []
    for start in range(0, len(shown), PHOTOS_A_PAGE):
        page, rows = shown[start : start + PHOTOS_A_PAGE], []
        for place in range(0, len(page), PHOTOS_ACROSS):
            pair = page[place : place + PHOTOS_ACROSS]
            addresses = {
                number: pictures.by_digest[digest]
                for number, (digest, _caption) in enumerate(pair)
                if digest in pictures.by_digest
            }
            missing = say(N_("The picture is not in the store."))
            texts = ["" if number in addresses else missing for number in range(len(pair))]
            captions = [caption for _digest, caption in pair]
            spare = [""] * (PHOTOS_ACROSS - len(pair))
            rows.append(RuledRow([*texts, *spare], pictures=addresses, lines=PHOTO_LINES))
            rows.append(RuledRow([*captions, *spare]))
        title = say(N_("Annex: photos")) + f"　{facts.visit.number}"
        tables.append(RuledTable(columns, rows, title=title, headless=True, new_page=True))
    return tables


MONTH_COLUMNS = (
    (N_("No."), 8, Align.MIDDLE, 1),
    (N_("Record number"), 31, Align.MIDDLE, 1),
    (N_("Lift"), 46, Align.LEFT, 3),
    (N_("Day"), 18, Align.MIDDLE, 1),
    (N_("Class"), 17, Align.MIDDLE, 2),
    (N_("Minutes"), 11, Align.RIGHT, 1),
    (N_("Technicians"), 24, Align.LEFT, 2),
    (N_("State"), 34, Align.LEFT, 3),
)


def cover_paper(
    records: Sequence[VisitRecordFacts], title: str, about: Sequence[str], say: Say, *, sample: bool = False
) -> RuledPaper:
    """The list in front of a month's records."""
    columns = [RuledColumn(say(name), mm, align, lines) for name, mm, align, lines in MONTH_COLUMNS]
    rows = [_month_row(number, facts, say) for number, facts in enumerate(records, 1)]
    return RuledPaper(
        title=title,
        about=about,
        tables=[RuledTable(columns, rows, empty=say(N_("No visits in this month.")))],
        foot=as_of(say),
        totals=partial(_visits_text, say),
        landscape=False,
        points=8,
        sample=sample,
    )


def _month_row(number: int, facts: VisitRecordFacts, say: Say) -> RuledRow:
    visit = facts.visit
    minutes = ""
    if visit.closed_at is not None:
        minutes = str(round((visit.closed_at - visit.opened_at).total_seconds() / 60))
    counts = "" if visit.counted else f"　{say(N_('Does not count'))}"
    cells = (
        str(number),
        visit.number or "—",
        lift_name(facts.lift, say),
        f"{visit.on:%Y-%m-%d}",
        say(DueKind(visit.duty).label),
        minutes,
        "、".join(person.name for person in facts.people),
        say(visit.shown.label) + counts,
    )
    return RuledRow(cells, {"visits": 1, "counted": int(visit.counted)})


def _visits_text(say: Say, sums: Mapping[str, int]) -> str:
    stated = {"visits": sums.get("visits", 0), "counted": sums.get("counted", 0)}
    return str(Message(say(N_("%(visits)d visits, of which %(counted)d count")), stated))
