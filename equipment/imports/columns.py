"""One column of a file: how its cells are read, each distinct text once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from equipment.core.words import Message
from equipment.imports.drafts import DOUBTFUL, IN_ERROR, ONLY_YEAR, UNSURE, Problem
from equipment.imports.rules import (
    ERROR_VALUES,
    Unreadable,
    as_written,
    clean,
    is_nothing,
    is_perhaps_october,
    is_year,
)
from equipment.register.column_rules import Holds, Target
from equipment.regulation.details import Kind

MEMO = 4096
# a piece in no area, or in a status nobody can read, is not entered: never as in use by default
NEEDED_TO_STAND = (Holds.AREA, Holds.STATUS)
Read = Callable[[str], Any]


class Doubtful(NamedTuple):
    """What a cell was read as, and why somebody should look at it."""

    value: str | None
    message: Message


@dataclass(slots=True)
class CellReader:
    """Reads the cells of one column as what the column holds."""

    number: int
    target: Target
    read: Read
    values: Mapping[str, str]
    memo: dict[str, tuple[Any, Problem | None]] = field(default_factory=dict)

    def value(self, raw: str) -> tuple[Any, Problem | None]:
        """Read once per distinct text: makers, months and gases repeat thousands of times."""
        reading = self.memo.get(raw)
        if reading is None:
            if len(self.memo) >= MEMO:
                self.memo.clear()
            reading = self.memo[raw] = self._read(raw)
        return reading

    def _read(self, raw: str) -> tuple[Any, Problem | None]:
        text = clean(raw)
        text = self.values.get(text.casefold(), text)
        if text.casefold() in ERROR_VALUES:
            return None, Problem(self.number, Message(IN_ERROR, {"text": text}), self.target.required)
        if not text or (is_nothing(text) and not (self.target.spec and self.target.spec.kind is Kind.FLAG)):
            return None, None
        try:
            value = self.read(as_written(raw) if self.target.spec and self.target.spec.prose else text)
        except Unreadable as fault:
            return None, Problem(
                self.number, fault.message, self.target.required or self.target.holds in NEEDED_TO_STAND
            )
        if isinstance(value, Doubtful):
            return value.value, Problem(self.number, value.message)
        if self.target.holds is Holds.DAY and value.doubtful:
            msgid = DOUBTFUL if is_perhaps_october(text) else ONLY_YEAR if is_year(text) else UNSURE
            return value, Problem(self.number, Message(msgid, {"text": text.removesuffix("?")}))
        return value, None
