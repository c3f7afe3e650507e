"""What pydantic found wrong, in words and units people use: forms, workbooks and the API say it alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pydantic_core import ErrorDetails

from equipment.core.words import N_, Message

WORDING = {
    "missing": N_("This is needed."),
    "extra_forbidden": N_("There is no such field."),
    "enum": N_("Choose one of the list."),
    "literal_error": N_("Choose one of the list."),
    "string_pattern_mismatch": N_("This has not the form it should have."),
}
LEAST, MOST = ("greater_than_equal", "greater_than"), ("less_than_equal", "less_than")
UNREAD = ("int", "float", "date", "bool", "uuid", "string", "dict", "list", "model")


def fault_message(error: ErrorDetails, shown: Callable[[Any], str] = str) -> Message:
    """One fault as a message; `shown` writes a limit in the unit people read."""
    kind, limits = error["type"], error.get("ctx", {})
    if kind in LEAST:
        return Message(N_("At least %(limit)s"), {"limit": shown(limits.get("ge", limits.get("gt")))})
    if kind in MOST:
        return Message(N_("At most %(limit)s"), {"limit": shown(limits.get("le", limits.get("lt")))})
    if kind == "string_too_long":
        return Message(N_("At most %(number)s characters"), {"number": limits["max_length"]})
    if kind == "too_long":
        return Message(N_("At most %(number)s entries"), {"number": limits["max_length"]})
    if kind in ("too_short", "string_too_short"):
        return Message(WORDING["missing"])
    if kind == "value_error":
        return Message(str(limits["error"]).replace("%", "%%"))
    return Message(
        WORDING.get(kind)
        or (N_("This cannot be read.") if kind.startswith(UNREAD) else error["msg"].replace("%", "%%"))
    )
