"""What becomes of a row, the stages of an import, and which may follow which. Pure."""

from __future__ import annotations

from enum import StrEnum

from equipment.core.words import N_, Labelled


class RowState(Labelled):
    """One row of an import."""

    WAITING = "waiting", N_("Waiting"), "grey"
    ADDED = "added", N_("Added"), "green"
    FLAGGED = "flagged", N_("Added, to be checked"), "amber"
    KNOWN = "known", N_("On file, the same"), "grey"
    DIFFERS = "differs", N_("On file, differs"), "blue"
    CHANGED = "changed", N_("Changed"), "green"
    CONTRARY = "contrary", N_("Numbers contradict"), "amber"
    TWICE = "twice", N_("Twice in the file"), "amber"
    REFUSED = "refused", N_("Not added"), "red"
    UNDONE = "undone", N_("Undone"), "grey"


class RowKind(StrEnum):
    """What the rows of a file are."""

    PIECES = ""
    RESULTS = "results"
    VISITS = "visits"


class ImportState(Labelled):
    """How far one file is: nothing is on file before RUNNING."""

    READING = "reading", N_("Reading the file"), "blue"
    MAPPING = "mapping", N_("Columns to be matched"), "amber"
    CHECKING = "checking", N_("Checking"), "blue"
    CHECKED = "checked", N_("Checked, nothing added yet"), "amber"
    RUNNING = "running", N_("Adding"), "blue"
    STOPPED = "stopped", N_("Stopped halfway"), "amber"
    DONE = "done", N_("Imported"), "green"
    UNDOING = "undoing", N_("Undoing"), "blue"
    UNDONE = "undone", N_("Undone"), "grey"


S = ImportState
IMPORT_CHANGES: dict[ImportState, set[ImportState]] = {
    S.READING: {S.MAPPING, S.READING},
    S.MAPPING: {S.READING, S.CHECKING},
    S.CHECKING: {S.CHECKED, S.MAPPING, S.READING, S.CHECKING},
    S.CHECKED: {S.MAPPING, S.READING, S.CHECKING, S.RUNNING},
    S.RUNNING: {S.DONE, S.STOPPED},
    S.STOPPED: {S.RUNNING, S.UNDOING},
    S.DONE: {S.RUNNING, S.UNDOING},  # on with what was decided since, or with the changes
    S.UNDOING: {S.UNDONE, S.STOPPED, S.UNDOING},
    S.UNDONE: set(),
}

DECIDABLE = (S.CHECKED, S.STOPPED, S.DONE)
WORKING = (S.READING, S.CHECKING, S.RUNNING, S.UNDOING)  # stages that a work of the jobs process leads out of
NOTEWORTHY = (RowState.REFUSED, RowState.CONTRARY, RowState.DIFFERS, RowState.TWICE, RowState.FLAGGED)
PLANNED = {
    RowState.ADDED: N_("To be added"),
    RowState.FLAGGED: N_("To be added and checked"),
    RowState.REFUSED: N_("Refused, not added"),
}


# Of a row that is the result of an inspection.
RESULT_LABELS = {
    RowState.ADDED: N_("To be recorded"),
    RowState.CHANGED: N_("Recorded by this file"),
    RowState.KNOWN: N_("Recorded before"),
    RowState.FLAGGED: N_("Too early to count"),
    RowState.TWICE: RowState.TWICE.label,
    RowState.REFUSED: N_("Refused, not recorded"),
}


# Of a row of the province's export.
VISIT_LABELS = {
    RowState.ADDED: N_("To be entered"),
    RowState.FLAGGED: N_("A visit on record: to be linked"),
    RowState.CHANGED: N_("Entered by this file"),
    RowState.DIFFERS: N_("Linked to a visit on record"),
    RowState.KNOWN: N_("Entered before"),
    RowState.TWICE: RowState.TWICE.label,
    RowState.REFUSED: N_("Refused, not entered"),
    RowState.UNDONE: N_("Withdrawn with its file"),
}


def outcome_label(row: RowState, batch: ImportState, records: RowKind = RowKind.PIECES) -> str:
    """What becomes of a row (msgid): before the run it is what would."""
    if records == RowKind.RESULTS:
        return RESULT_LABELS.get(row, row.label)
    if records == RowKind.VISITS:
        return VISIT_LABELS.get(row, row.label)
    return PLANNED.get(row, row.label) if batch in (S.CHECKING, S.CHECKED) else row.label


class Decision(Labelled):
    """What a person says about rows whose numbers contradict a piece on file, or whose values differ from
    it."""

    OWN = "own", N_("A piece of its own"), "blue"
    SAME = "same", N_("The same piece"), "green"
    LEAVE = "leave", N_("Leave what is on file"), "grey"


DECIDES: dict[Decision, dict[RowState, RowState]] = {
    Decision.OWN: {RowState.CONTRARY: RowState.FLAGGED},
    Decision.SAME: {RowState.CONTRARY: RowState.DIFFERS},
    Decision.LEAVE: {RowState.CONTRARY: RowState.KNOWN, RowState.DIFFERS: RowState.KNOWN},
}
