"""How the details of a piece read on a page, in the reader's language and the units people use."""

from __future__ import annotations

from collections.abc import Collection

from flask_babel import gettext

from equipment.register.models import Equipment
from equipment.regulation.categories import category
from equipment.regulation.details import FieldSpec, Kind
from equipment.web.language import translate


def facts(of: Equipment, only: Collection[str] = ()) -> list[tuple[str, str]]:
    """The details of a piece, or `only` those named, as label and text; what is not known and what does not
    apply is left out."""
    specs = [spec for spec in category(of.category).details_type.fields() if not only or spec.name in only]
    return [
        (translate(spec.label), shown_detail(spec, of.details[spec.name]))
        for spec in specs
        if of.details.get(spec.name) not in (None, False)
    ]


def shown_detail(spec: FieldSpec, stored: object) -> str:
    if spec.kind == Kind.CHOICE:
        return next(
            (str(translate(choice.label)) for choice in spec.choices if choice.value == stored), str(stored)
        )
    if spec.kind == Kind.FLAG:
        return str(gettext("Yes") if stored else gettext("No"))
    if spec.kind == Kind.INTEGER and isinstance(stored, int):
        unit = spec.display_unit or spec.unit
        return f"{spec.shown(stored):f} {translate(unit) if unit else ''}".strip()
    return str(stored)
