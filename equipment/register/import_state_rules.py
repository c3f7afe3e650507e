"""The stages of an import and which may follow which. Pure."""
from __future__ import annotations

from equipment.words import N_, Labelled


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
    S.DONE: {S.UNDOING},
    S.UNDOING: {S.UNDONE, S.STOPPED, S.UNDOING},
    S.UNDONE: set(),
}
