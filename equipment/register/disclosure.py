"""Who reads the codes of a piece. Whoever maintains a lift proves by its label or plate that he stands there:
on the pages and in the files of a maintenance firm's people they are hidden, but for the end that tells
plates apart."""

from __future__ import annotations

from collections.abc import Mapping

from equipment.people.rules import OrganisationKind, Viewer
from equipment.register.codes import spelt
from equipment.register.rules import HIDDEN_KINDS, IdentifierKind

ENDS, LEAST = 3, 6
DOTS = "•••"


def hides_codes(viewer: Viewer) -> bool:
    """Whether this viewer must not read them."""
    return viewer.organisation_kind == OrganisationKind.FIRM


def masked(code: str) -> str:
    """The last three characters of a code; of a short one nothing."""
    return DOTS + (code[-ENDS:] if len(code) >= LEAST else "")


def shown_code(viewer: Viewer, code: str) -> str:
    """The code of a label as this viewer reads it."""
    return masked(code) if code and hides_codes(viewer) else spelt(code)


def shown_number(viewer: Viewer, kind: IdentifierKind | str, number: str) -> str:
    """A number of a piece as this viewer reads it: what stands on its plate or chip is a code too."""
    return masked(number) if kind in HIDDEN_KINDS and hides_codes(viewer) else number


def disclosed(viewer: Viewer, payload: Mapping[str, object]) -> Mapping[str, object]:
    """What an event of the register says, as this viewer may read it."""
    if not hides_codes(viewer):
        return payload
    codes = {name: masked(str(payload[name])) for name in ("old", "new", "code") if payload.get(name)}
    if "kind" in payload:
        codes["value"] = shown_number(viewer, str(payload["kind"]), str(payload.get("value", "")))
    numbers = payload.get("identifiers")
    if isinstance(numbers, Mapping):
        numbers = {kind: shown_number(viewer, str(kind), str(value)) for kind, value in numbers.items()}
        return {**payload, **codes, "identifiers": numbers}
    return {**payload, **codes}
