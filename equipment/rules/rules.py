"""What may be typed as a value of the bureau's own. Pure."""

from __future__ import annotations

from equipment.core.errors import Invalid
from equipment.core.words import N_


def own_value(present: object, text: str) -> object:
    """What was typed as a value of the same kind as the present one: a whole number, a yes or no, a list of
    numbers, a text."""
    text = text.strip()
    if isinstance(present, bool):
        if text not in ("true", "false"):
            raise Invalid({"value": N_("Choose yes or no.")})
        return text == "true"
    if isinstance(present, int):
        return _whole(text)
    if isinstance(present, list) and all(isinstance(member, int) for member in present):
        return [
            _whole(part) for part in text.replace("，", ",").replace("、", ",").split(",") if part.strip()
        ]
    if isinstance(present, str) and text:
        return text
    raise Invalid({"value": N_("A value of this kind cannot be changed here; it needs a new rule pack.")})


def _whole(text: str) -> int:
    try:
        number = int(text.strip())
    except ValueError as error:
        raise Invalid({"value": N_("Give a whole number.")}) from error
    if number < 0:
        raise Invalid({"value": N_("No number of a rule is below zero.")})
    return number


def can_be_typed(present: object) -> bool:
    """Whether the screen can take a value of the bureau's own for this one."""
    return isinstance(present, bool | int | str) or (
        isinstance(present, list) and all(isinstance(member, int) for member in present)
    )
