"""特种设备目录: what a piece is by its four-character code. The tree is data (catalogue.toml) and one for all
categories; a code that is not in it is taken, and the piece is to be verified (待核实)."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from equipment.core.text import Text
from equipment.regulation.details import AllowedValue, Shown, field

CODE = r"^[0-9A-Z]{4}$"
HEADINGS = ("设备品种", "设备类别", "品种", "类别代码")
_STATED = tomllib.loads((Path(__file__).parent / "catalogue.toml").read_text("utf-8"))["codes"]
CATALOGUE: Mapping[str, Text] = {code: Text(name["zh"], name["en"]) for code, name in _STATED.items()}
# 1000, 2000 ...: a class, which some categories share
_CLASSES = frozenset(code for code in CATALOGUE if code.endswith("000"))


def entries(*beginnings: str) -> dict[str, Text]:
    """The entries whose code begins so, in the order of the catalogue; the class itself is no answer to
    what a piece is."""
    return {
        code: name for code, name in CATALOGUE.items() if code.startswith(beginnings) and code not in _CLASSES
    }


def choices(codes: Iterable[str]) -> tuple[AllowedValue, ...]:
    """These codes as people choose them."""
    return tuple(AllowedValue(code, CATALOGUE[code].en) for code in codes)


def catalogue_field(
    label: str, codes: Mapping[str, Text], aliases: Mapping[str, tuple[str, ...]], *headings: str
) -> FieldInfo:
    """The field of a category's code: chosen among its entries, any other code taken as it is written."""
    named = {code: (name.zh, *aliases.get(code, ())) for code, name in codes.items()}
    shown = Shown(
        (*headings, *HEADINGS), filter=True, choices=choices(codes), aliases=named, others_like=CODE
    )
    return field(label, shown, pattern=CODE)
