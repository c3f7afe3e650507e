"""What the bureau may give words for: each kind of workbook with what its words are for, what they can mean,
and those that are shipped. Pieces by category, results of inspections, and lists of people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from equipment.core.followers import Provider
from equipment.core.words import N_
from equipment.imports.result_rules import COLUMNS as RESULT_COLUMNS
from equipment.imports.result_rules import CONCLUSION, KIND, RESULT_WORDS, RESULTS
from equipment.imports.visit_rules import CLASS, VISIT_CLASSES, VISIT_FILES, VISIT_WORDS
from equipment.imports.visit_rules import COLUMNS as VISIT_COLUMNS
from equipment.imports.vocabulary_rules import HEADING, NO_NUMBER, OWN, STATUS, Vocabulary, shipped
from equipment.inspections.rules import Conclusion, InspectionKind
from equipment.register.column_rules import targets
from equipment.register.rules import EquipmentStatus
from equipment.regulation.categories import CATEGORIES

PEOPLE = "people"
Labels = Mapping[str, str]  # value -> what it is called (msgid)


class WordBook(NamedTuple):
    """The words of one kind of workbook: by purpose what it is called, and what a word for it can mean."""

    key: str
    label: str
    purposes: Labels
    meanings: Mapping[str, Labels]
    shipped: Vocabulary


# lists of people are read by a slice to the right
people_words: Provider[[], WordBook] = Provider()


def word_book(key: str) -> WordBook:
    """The book of a category, of the results, or of lists of people; KeyError for any other key."""
    if key == PEOPLE:
        return people_words()
    if key == RESULTS:
        return _of_results()
    if key == VISIT_FILES:
        return _of_visits()
    return _of_pieces(key)


def _of_pieces(category_key: str) -> WordBook:
    fields = targets(category_key)
    chosen = {key: target.spec for key, target in fields.items() if target.spec and target.spec.choices}
    statuses = (status for status in EquipmentStatus if status is not EquipmentStatus.LOCKED)
    return WordBook(
        category_key,
        next(kind.label for kind in CATEGORIES if kind.key == category_key),
        {
            HEADING: N_("Heading"),
            STATUS: N_("Status"),
            **{key: spec.label for key, spec in chosen.items()},
            NO_NUMBER: N_("No number"),
            OWN: N_("One's own"),
        },
        {
            HEADING: {key: target.label for key, target in fields.items()},
            STATUS: {status.value: status.label for status in statuses},
            **{key: {one.value: one.label for one in spec.choices} for key, spec in chosen.items()},
            NO_NUMBER: {NO_NUMBER: N_("There is no number")},
            OWN: {OWN: N_("Whoever the list is of")},
        },
        shipped(category_key),
    )


def _of_visits() -> WordBook:
    classes = {str(kind): kind.label for kind in VISIT_CLASSES}
    return WordBook(
        VISIT_FILES,
        N_("Visits of the province"),
        {HEADING: N_("Heading"), CLASS: N_("Class of the visit")},
        {HEADING: {column.key: column.label for column in VISIT_COLUMNS}, CLASS: classes},
        VISIT_WORDS,
    )


def _of_results() -> WordBook:
    return WordBook(
        RESULTS,
        N_("Results of inspections"),
        {HEADING: N_("Heading"), CONCLUSION: N_("Conclusion"), KIND: N_("Kind of inspection")},
        {
            HEADING: {column.key: column.label for column in RESULT_COLUMNS},
            CONCLUSION: {conclusion.value: conclusion.label for conclusion in Conclusion},
            KIND: {kind.value: kind.label for kind in InspectionKind},
        },
        RESULT_WORDS,
    )
