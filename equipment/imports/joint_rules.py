"""Several numbers in one cell, as files of elevators have them: 12/12/12, 12层12站12门, 12 12 12. Pure."""

from __future__ import annotations

import re

from equipment.core.words import N_
from equipment.imports.rules import Unreadable, clean
from equipment.regulation.details import Joint

NOT_JOINT = N_("“%(text)s” cannot be read as “%(field)s”; write it like %(example)s")
MADE_A_DATE = N_(
    "Excel has made a date of this cell (“%(text)s”): format the column as text and write it again, "
    "like %(example)s"
)

_SIGNS = "/\\\\、,;:*×x\\-–—|"
_DATE = re.compile(r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}")


def read_joint(text: str, joint: Joint) -> dict[str, int]:
    """The numbers by field: each by the word behind it, else in their order;
    the last may be left out, one alone says too little."""
    written = clean(text).casefold()
    if _DATE.match(written):
        raise Unreadable(MADE_A_DATE, text, example=joint.example)
    if not written.strip("/\\-–—、 "):
        return {}  # -/-/-, as escalators have it
    field_of = {mark: name for name, marks in joint.parts.items() for mark in marks}
    # Possessive throughout: what has been taken is not tried again, so that no cell keeps the reader busy.
    one = rf"(\d++)\s*+({'|'.join(sorted(field_of, key=len, reverse=True))})?+"
    numbers: list[tuple[str, str]] = (
        re.findall(one, written) if re.fullmatch(rf"{one}(?:\s*+[{_SIGNS}]?+\s*+{one})*+", written) else []
    )
    names = list(joint.parts)
    if not numbers or not all(mark for _, mark in numbers):
        names = names[: len(numbers)]
        fits = len(numbers) == len(names) >= 2 and all(
            not mark or field_of[mark] == name for (_, mark), name in zip(numbers, names, strict=True)
        )
    else:
        names = [field_of[mark] for _, mark in numbers]
        fits = len(set(names)) == len(names)
    if not fits:
        raise Unreadable(NOT_JOINT, text, field=joint.label, example=joint.example)
    return dict(zip(names, (int(number) for number, _ in numbers), strict=True))
