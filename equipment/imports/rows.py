"""One row of a table becomes a `Registration`, by the mapping, in the words of the category;
what is wrong is told cell by cell."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property

from pydantic import ValidationError

from equipment.core.errors import Invalid
from equipment.core.ids import new_id
from equipment.core.months import month_end
from equipment.core.words import Message
from equipment.dues.planning import category_now
from equipment.imports.columns import CellReader, Doubtful, Read
from equipment.imports.drafts import (
    BEFORE_MADE,
    FUTURE,
    NAMELESS,
    NEEDED,
    NO_AREA,
    NO_CHOICE,
    NO_CODE,
    NO_NUMBER,
    NO_PARTY,
    NOT_ALL_READ,
    NOT_YOURS,
    READ_AS,
    TO_OPEN,
    TOO_LONG,
    UNKNOWN_AREA,
    WHOLE_ROW,
    Draft,
    Problem,
    References,
)
from equipment.imports.joint_rules import read_joint
from equipment.imports.mapping_rules import CODES, FieldMap, is_code
from equipment.imports.parties import Party
from equipment.imports.rules import Day, Unreadable, clean, read_day, read_flag, read_number, read_number_text
from equipment.imports.table_rules import heading_key, name_key
from equipment.people.rules import OrganisationKind
from equipment.register.checking import (
    BLANK,
    DAYS,
    LENGTHS,
    PARTIES,
    TEXTS,
    Registration,
    derived,
    detail_problems,
    doubts,
    may_hold,
)
from equipment.register.codes import plate_number
from equipment.register.column_rules import KIND_OF, PARTY_COLUMNS, Holds, Target, targets
from equipment.register.rules import EquipmentStatus, IdentifierKind
from equipment.regulation.categories import category
from equipment.regulation.category import Category
from equipment.regulation.details import Details, FieldSpec, Kind
from equipment.regulation.packs import UnknownRule
from equipment.regulation.planning import DueKind, Life, Origin
from equipment.storage.columns import Columns

PROVINCE = re.compile(r"^.{2,6}?(?:省|自治区)(?=.)")  # 甘肃省白银市白银区
EXPECTED = ("made_on", "registered_on", "last_inspected_on")  # a file that has such a column should fill it


class RowReader:
    """Compiled once per file: `read(row)` for every row."""

    def __init__(
        self,
        category_key: str,
        header: Sequence[str],
        mapping: FieldMap,
        references: References,
        *,
        from_1904: bool = False,
    ) -> None:
        self.kind = category(category_key)
        self.references = references
        self.header = tuple(header)
        self.from_1904 = from_1904
        self.targets = targets(category_key)
        self.columns = [
            CellReader(
                number,
                self.targets[use.to],
                self._reader(self.targets[use.to], use.unit),
                {clean(word).casefold(): value for word, value in use.values.items()},
            )
            for number, name in enumerate(header)
            if (use := mapping.columns.get(name)) is not None and use.to in self.targets
        ]
        self.places = {key: column.number for column in reversed(self.columns) for key in column.target.fills}
        self.fixed = self._fixed(mapping)
        self.match = mapping.match
        self.tells_party = bool({"use_unit", "owner"} & (set(self.places) | set(self.fixed)))

    @cached_property
    def kind_now(self) -> Category:
        """The category with the bureau's own values."""
        return category_now(self.kind.key)

    def _fixed(self, mapping: FieldMap) -> Columns:
        fixed: Columns = {}
        for key, text in mapping.fixed.items():
            target = self.targets[key]
            value, problem = CellReader(WHOLE_ROW, target, self._reader(target, ""), {}).value(text)
            if problem is not None:
                raise Invalid({key: problem.message})
            fixed |= value or {} if self.targets[key].joint else {key: value}
        return fixed

    def _reader(self, target: Target, unit: str) -> Read:
        simple: dict[Holds, Read] = {
            Holds.TEXT: lambda text: text.removeprefix("'"),
            Holds.NAME_NUMBER: self._number,
            Holds.IDENTIFIER: self._number,
            Holds.LABEL: self._number,
            Holds.DAY: self._day,
            Holds.AREA: self._area,
            Holds.STATUS: self._status,
            Holds.ORGANISATION: lambda text: self._party(target.key, text),
        }
        if target.key == IdentifierKind.PLATE_QR:
            return plate_number
        if (joint := target.joint) is not None:
            return lambda text: read_joint(text, joint)
        return simple[target.holds] if target.spec is None else self._detail_reader(target.spec, unit)

    def _detail_reader(self, spec: FieldSpec, unit: str) -> Read:
        words = self.references.words.get(spec.name)
        if words is not None:
            return lambda text: self._beside(spec, text) or self._chosen(spec.name, spec.label, words, text)
        if spec.kind is Kind.INTEGER:
            return lambda text: read_number(text, spec, unit)
        if spec.kind is Kind.DAY:
            return lambda text: self._day(text).on
        return read_flag if spec.kind is Kind.FLAG else lambda text: text.removeprefix("'")

    def _day(self, text: str) -> Day:
        return read_day(text, self.from_1904)

    def _area(self, text: str) -> str:
        areas, key = self.references.areas, heading_key(text)
        code = areas.get(key) or areas.get(text) or areas.get(PROVINCE.sub("", key))
        if not code:
            raise Unreadable(UNKNOWN_AREA, text)
        return code

    def _status(self, text: str) -> EquipmentStatus | Doubtful:
        words = self.references.words["status"]
        value = self._chosen("status", "Status", words, text, exact=True)
        return value if isinstance(value, Doubtful) else EquipmentStatus(value)

    def _chosen(
        self, about: str, label: str, words: Mapping[str, str], text: str, *, exact: bool = False
    ) -> str | Doubtful:
        """What a word means; of a status what stands in brackets counts too: 在用（停用） is neither."""
        whole = name_key(text)
        value = words.get(whole) or (None if exact else words.get(heading_key(text)) or words.get(text))
        if value is None:
            raise Unreadable(NO_CHOICE, text, field=label)
        if (about, whole) in self.references.unsure:
            return Doubtful(value, Message(READ_AS, {"text": text, "value": self._label(about, value)}))
        return value

    def _beside(self, spec: FieldSpec, text: str) -> str | None:
        """A value beside the choices, where the field takes such."""
        named = self.references.words[spec.name]
        is_word = name_key(text) in named or heading_key(text) in named
        return None if is_word or not spec.others_like else spec.choice_of(text)

    def _label(self, about: str, value: str) -> str:
        spec = self.targets[about].spec
        if spec is None:
            return EquipmentStatus(value).label
        return next(choice.label for choice in spec.choices if choice.value == value)

    def _number(self, text: str) -> str | Doubtful:
        """A number as written; 无号, 看不清 and 000000 say that there is none."""
        if name_key(text) in self.references.no_number or not text.strip("0?？*×xX.-_/ "):
            return Doubtful(None, Message(NO_NUMBER, {"text": text}))
        return read_number_text(text)

    def _party(self, key: str, text: str) -> Party | None:
        """An organisation by its name; 自有 is whoever the list is of, and nobody in a list of the bureau."""
        if name_key(text) not in self.references.own:
            return self.references.parties.named(key, text)
        home = self.references.home
        return home if home is not None and home.kind != OrganisationKind.REGULATOR else None

    def read(self, row: Sequence[str]) -> Draft:
        draft = Draft()
        values = self._values(row, draft)
        if self.match:
            draft.problems = [replace(problem, refuses=False) for problem in draft.problems]
            return draft
        details = self._details(values, draft)
        columns = self._columns(values, details, draft)
        numbers = tuple(
            (KIND_OF[key], value)
            for key, value in values.items()
            if key in KIND_OF and self.targets[key].holds is Holds.IDENTIFIER
        )
        if details is not None and (code := getattr(details, "registration_code", None)):
            numbers = (*numbers, (KIND_OF["registration_code"], code))
        label = str(values.get("label") or "")
        named = bool(numbers or label or (columns["serial"] and columns["maker"]) or columns["own_number"])
        if not named:
            draft.problems.append(Problem(WHOLE_ROW, Message(NAMELESS), True))
        if details is None or any(problem.refuses for problem in draft.problems):
            return draft
        draft.registration = self._registration(columns, details, numbers, label, draft)
        return draft

    def _values(self, row: Sequence[str], draft: Draft) -> Columns:
        for column in self.columns:
            raw = row[column.number] if column.number < len(row) else ""
            if not raw:
                continue
            value, problem = column.value(raw)
            if problem is not None:
                draft.problems.append(problem)
            if value is None:
                continue
            if column.target.joint is not None:
                draft.values |= value
                continue
            key = column.target.key
            if key in CODES and not is_code(value):
                if "own_number" in self.places or "own_number" in draft.values:
                    draft.problems.append(Problem(column.number, Message(NO_CODE, {"text": value})))
                    continue
                key = "own_number"
            several = column.target.several and key in draft.values
            joined = "\n" if column.target.spec is not None else " "
            draft.values[key] = f"{draft.values[key]}{joined}{value}" if several else value
        return self.fixed | draft.values

    def _details(self, values: Columns, draft: Draft) -> Details | None:
        """The category's own fields; what breaks a rule of its model is left out where it may be."""
        stated = {key: value for key, value in values.items() if self.targets[key].holds is Holds.DETAIL}
        while True:
            try:
                details = self.kind.read(stated)
                odd = self.kind_now.implausible(details, self.references.today)
                if not set(odd) & set(stated):
                    return details
                self._tell_details(odd, set(odd), draft)
                stated = {key: value for key, value in stated.items() if key not in odd}
                continue
            except ValidationError as fault:
                wrong = {
                    name.removeprefix("details."): message
                    for name, message in detail_problems(self.kind, fault).items()
                }
            dropped = [name for name in wrong if name in stated and not self.targets[name].required]
            self._tell_details(wrong, set(dropped), draft)
            if not dropped or len(dropped) < len(wrong):
                return None
            stated = {key: value for key, value in stated.items() if key not in dropped}

    def _tell_details(self, wrong: Mapping[str, Message], dropped: set[str], draft: Draft) -> None:
        refused_columns = {problem.column for problem in draft.problems if problem.refuses}
        for name, message in wrong.items():
            place = self.places.get(name, WHOLE_ROW)
            if place in refused_columns and place != WHOLE_ROW:
                continue
            target = self.targets.get(name)
            needed = target is not None and target.required and message.msgid == "This is needed."
            shown = Message(NEEDED, {"field": target.label}) if needed and target else message
            problem = Problem(place, shown, name not in dropped)
            if problem not in draft.problems:  # 999/999/999 is too much three times in one cell
                draft.problems.append(problem)

    def _columns(self, values: Columns, details: Details | None, draft: Draft) -> Columns:
        row: Columns = dict.fromkeys(TEXTS, "") | dict.fromkeys(PARTIES) | dict.fromkeys(DAYS)
        for name in TEXTS:
            row[name] = str(values.get(name) or "")
            if len(row[name]) > LENGTHS[name]:
                self._tell(
                    draft,
                    name,
                    Message(TOO_LONG, {"number": LENGTHS[name]}),
                    refuses=name in ("serial", "own_number"),
                )
                row[name] = row[name][: LENGTHS[name]]
        parties = {key: values[key] for key in PARTY_COLUMNS if key in values}
        row |= {PARTY_COLUMNS[key]: party.id for key, party in parties.items()}
        draft.notes += [
            Problem(self.places.get(key, WHOLE_ROW), Message(TO_OPEN, {"text": party.name}), note=True)
            for key, party in parties.items()
            if party.name
        ]
        self._days(values, row, details, draft)
        self._place(values, parties, row, draft)
        row["status"] = values.get("status") or EquipmentStatus.IN_USE
        return row

    def _days(self, values: Columns, row: Columns, details: Details | None, draft: Draft) -> None:
        for name in DAYS:
            day = values.get(name)
            if day is None:
                if (
                    name in EXPECTED
                    and name in self.places
                    and not any(problem.column == self.places[name] for problem in draft.problems)
                    and not (name == "last_inspected_on" and details and self._is_new(row, details))
                ):
                    self._tell(draft, name, Message(NEEDED, {"field": self.targets[name].label}))
                continue
            on = month_end(day.on) if name == "next_inspection_on" and day.month_only else day.on
            made_on = row["made_on"]
            if on > self.references.today and name != "next_inspection_on":
                self._tell(draft, name, Message(FUTURE))
            elif made_on is not None and on < made_on:
                if not (day.month_only and on.replace(day=1) == made_on.replace(day=1)):
                    self._tell(draft, name, Message(BEFORE_MADE, {"made": made_on.isoformat()}))
                    continue
                row[name] = made_on
            else:
                row[name] = on

    def _is_new(self, row: Columns, details: Details) -> bool:
        """Whether its first inspection is still to come, counted from its supervision or from the day it was
        made: then it had none yet. Registered anew says nothing of its age."""
        today, made_on = self.references.today, row["made_on"]
        life = Life(
            details=details,
            made_on=made_on,
            registered_on=made_on,
            base_on=row["base_on"],
            in_use_since=made_on,
            known_since=today,
        )
        try:
            plan = self.kind_now.next_duties(life, today)
        except UnknownRule:
            return False
        first = next((due for due in plan if due.kind is DueKind.INSPECTION), None)
        return first is not None and first.origin is Origin.RULE and first.due_on >= today

    def _place(self, values: Columns, parties: Mapping[str, Party], row: Columns, draft: Draft) -> None:
        """The area as stated, else that of the use unit or the owner; the importer's own pieces are his."""
        home = self.references.home
        if home is not None and row["owner_id"] is None and home.kind == OrganisationKind.STATION:
            row["owner_id"] = home.id
        elif home is not None and row["use_unit_id"] is None and home.kind == OrganisationKind.USE_UNIT:
            row["use_unit_id"] = home.id
        near = (
            parties.get("use_unit"),
            parties.get("owner"),
            home if home and home.kind != OrganisationKind.REGULATOR else None,
        )
        row["area"] = values.get("area") or next((party.area for party in near if party and party.area), "")
        if not row["area"]:
            self._tell(draft, "area", Message(NO_AREA), refuses=True)
        elif not may_hold(self.references.by, row):
            self._tell(
                draft, "area" if self.references.by.oversees else "owner", Message(NOT_YOURS), refuses=True
            )
        faulty = {problem.column for problem in draft.problems}
        unread = {column.target.key for column in self.columns if column.number in faulty} & {
            "owner",
            "use_unit",
        }
        if self.tells_party and row["owner_id"] is None and row["use_unit_id"] is None and not unread:
            draft.problems.append(Problem(WHOLE_ROW, Message(NO_PARTY)))

    def _tell(self, draft: Draft, key: str, message: Message, *, refuses: bool = False) -> None:
        draft.problems.append(Problem(self.places.get(key, WHOLE_ROW), message, refuses))

    def _registration(
        self,
        columns: Columns,
        details: Details,
        numbers: Sequence[tuple[IdentifierKind, str]],
        label: str,
        draft: Draft,
    ) -> Registration:
        for key, message in doubts(self.kind, details, numbers).items():
            self._tell(draft, key, message)
        held = columns["owner_id"] is not None or columns["use_unit_id"] is not None
        reason = NOT_ALL_READ if draft.problems else "" if held else NO_PARTY
        row = {
            **BLANK,
            **columns,
            "id": new_id(),
            "category": self.kind.key,
            "verified": not reason,
            "unverified_reason": reason,
            "created_at": self.references.now,
            "updated_at": self.references.now,
            **derived(self.kind, details),
        }
        return Registration(row, details, tuple(numbers), label)
