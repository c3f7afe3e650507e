"""Cases that an inspector signs: a piece, when its cycle began, what was done, and which duties fall due when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pytest

from equipment.regulation.categories import category
from equipment.regulation.planning import Conclusion, Done, DueKind, Life, Origin, Planned

KNOWN_SINCE = date(2010, 1, 1)  # so that nothing of a case is older than the system


@dataclass(frozen=True)
class Signed:
    """One row: the details, the base, what was done (kind, day, conclusion, day stated), and the next of each
    kind on the day that is asked."""

    what: str
    details: Mapping[str, object]
    base: date | None
    done: tuple[Done, ...]
    due: Mapping[DueKind, date]
    on: date = date(2026, 11, 30)

    def life(self, key: str, **more: object) -> Life:
        values = {"in_use_since": self.base, "done": self.done, "known_since": KNOWN_SINCE, **more}
        return Life(category(key).read(self.details), **values)  # type: ignore[arg-type]


def cases(*rows: Signed) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", [pytest.param(row, id=row.what) for row in rows])


def planned(key: str, case: Signed, **more: object) -> dict[DueKind, Planned]:
    return {duty.kind: duty for duty in category(key).plan(case.life(key, **more), case.on)}


def days(key: str, case: Signed) -> dict[DueKind, date]:
    return {kind: duty.due_on for kind, duty in planned(key, case).items()}


def inspected(day: date, conclusion: Conclusion = Conclusion.PASSED, stated: date | None = None) -> Done:
    return Done(DueKind.INSPECTION, day, conclusion, stated)


def cited(key: str, case: Signed) -> dict[DueKind, tuple[str, str, bool]]:
    """By kind: the document, the words, and whether anybody has verified it."""
    return {
        kind: (duty.citation.document, str(duty.explanation), duty.citation.confidence.verified)
        for kind, duty in planned(key, case).items()
    }


def origins(key: str, case: Signed, **more: object) -> dict[DueKind, Origin]:
    return {kind: duty.origin for kind, duty in planned(key, case, **more).items()}
