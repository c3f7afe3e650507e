"""Days as people and addresses write them."""

from __future__ import annotations

from datetime import date

MARKS = str.maketrans("", "", "-/.")


def day_in(text: str) -> date | None:
    """The day that a form or an address names: 2026-11-23, 2026/11/23, 20261123; None where it names none,
    so that nobody's typing is a fault of ours."""
    text = text.strip()
    digits = text.translate(MARKS)
    try:
        if len(digits) == 8 and digits.isdigit():
            return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        return date.fromisoformat(text)
    except ValueError:
        return None
