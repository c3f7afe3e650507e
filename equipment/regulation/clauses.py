"""The clauses that make a hazard major (重大, GB 45067-2024 4.1-4.10) or serious (严重, the six cases of order 57
Art. 25), and the upload codes S1-S7 they are reported by."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from equipment.core.text import Text
from equipment.core.verdict import Citation
from equipment.core.words import N_, Labelled
from equipment.regulation.packs import Regulation, UnknownRule, Value

EVERY = "all"


class Grade(Labelled):
    """How grave a hazard is (隐患等级)."""

    GENERAL = "general", N_("General hazard"), "amber"
    SERIOUS = "serious", N_("Serious hazard"), "red"
    MAJOR = "major", N_("Major hazard"), "red"

    @property
    def stops_use(self) -> bool:
        """Whether the piece must not be used until it was re-checked (停止使用, order 57 Art. 23)."""
        return self is not Grade.GENERAL


@dataclass(frozen=True, slots=True)
class Clause:
    """One case; `code` is what a hazard stores: "4.6b" or "25.3" (older ones: "S3"). `still_used`: it holds
    only where the piece is still used (仍继续使用)."""

    code: str
    grade: Grade
    categories: tuple[str, ...]
    text: Text
    citation: Citation
    conclusion: str = ""
    still_used: bool = False
    cases: tuple[str, ...] = ()  # of an upload code: the cases of Art. 25 that are reported by it

    def concerns(self, category_key: str) -> bool:
        return not {EVERY, category_key}.isdisjoint(self.categories)


def clauses(rules: Regulation, on: date) -> tuple[Clause, ...]:
    """Every clause in force, major ones first, in the order of the standard."""
    major = (_clause(_code(rest), Grade.MAJOR, value) for rest, value in rules.under("major", on).items())
    serious = (_clause(rest, Grade.SERIOUS, value) for rest, value in rules.under("serious", on).items())
    return (*major, *serious)


def clauses_for(rules: Regulation, category_key: str, on: date) -> tuple[Clause, ...]:
    """The clauses that can concern equipment of this category."""
    return tuple(clause for clause in clauses(rules, on) if clause.concerns(category_key))


def clause(rules: Regulation, code: str, on: date) -> Clause:
    """The clause of that code; `UnknownRule` for any other. Old hazards are graded by upload codes."""
    for candidate in (*clauses(rules, on), *uploads(rules, on)):
        if candidate.code == code:
            return candidate
    raise UnknownRule(f"{rules.pack}: no clause {code} in force on {on}")


def upload_codes(rules: Regulation, code: str, on: date) -> tuple[str, ...]:
    """The codes (S1-S7) by which a case of Art. 25 is reported; none for a clause of the standard."""
    return tuple(upload.code for upload in uploads(rules, on) if code in upload.cases)


def uploads(rules: Regulation, on: date) -> Iterator[Clause]:
    """The codes in force, S1 first."""
    return (_clause(code, Grade.SERIOUS, value) for code, value in rules.under("upload", on).items())


def clause_of_conclusion(rules: Regulation, category_key: str, conclusion: str, on: date) -> Clause | None:
    """The clause that a conclusion of an inspection meets by itself: a failed periodic inspection of a lift
    is 4.6a."""
    return next(
        (
            clause
            for clause in clauses(rules, on)
            if category_key in clause.categories and clause.conclusion and clause.conclusion == conclusion
        ),
        None,
    )


def _code(key: str) -> str:
    """The key `4.6.b` as people write it: 4.6b."""
    number, letter = key.rsplit(".", 1)
    return f"{number}{letter}"


def _clause(code: str, grade: Grade, value: Value) -> Clause:
    return Clause(
        code,
        grade,
        value.table.texts("categories"),
        Text.from_toml(value.table),
        value.citation,
        value.table.text("conclusion", ""),
        value.table.flag("still_used", False),
        value.table.texts("cases"),
    )


HAZARD_CLAUSES = Regulation.load(
    Path(__file__).parent / "hazard_clauses.toml", Path(__file__).parent / "supervision.toml"
)
