"""月报: which months may be issued, and how a restatement is told from a first issue. Pure."""

from __future__ import annotations

from datetime import date

from equipment.core.months import month_end
from equipment.core.words import N_, Message


def issue_problem(month: date, version: int, note: str, on: date) -> Message | None:
    """Why a report may not be issued: its month has not ended, or a new version says no reason."""
    if month.day != 1:
        return Message(N_("A month begins on its first day."))
    if month_end(month) >= on:
        return Message(N_("This month has not ended yet."))
    if version > 1 and not note.strip():
        return Message(N_("A new version of an issued report needs its reason."))
    return None
