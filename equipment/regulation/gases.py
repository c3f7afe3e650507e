"""Gases (充装介质): names, fill groups and properties from the cylinder pack. The codes are names outsiders rely
on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from equipment.core.text import Text
from equipment.core.verdict import Citation
from equipment.core.words import N_, Labelled
from equipment.regulation import cylinder_numbers as numbers
from equipment.regulation.packs import Regulation

MIXTURE = "MIX"
# Read once without a rule pack: the details of a cylinder check their medium against it.
_STATED = tomllib.loads((Path(__file__).parent / "gases.toml").read_text("utf-8"))["rules"]["gas"]
GAS_NAMES: Mapping[str, str] = {code: entries[-1]["value"]["en"] for code, entries in _STATED.items()}
GAS_ALIASES: Mapping[str, tuple[str, ...]] = {
    code: (entries[-1]["value"]["zh"], *entries[-1]["value"].get("also", ()))
    for code, entries in _STATED.items()
}


class FillGroup(Labelled):
    """Gases and cylinders that are checked and filled alike."""

    LPG = "lpg", N_("LPG")
    COMPRESSED = "compressed", N_("Compressed gas")
    LIQUEFIED = "liquefied", N_("Liquefied industrial gas")
    ACETYLENE = "acetylene", N_("Acetylene")
    VEHICLE = "vehicle", N_("Vehicle gas")

    @property
    def weighed(self) -> bool:
        """Filled by weight; the others are filled by pressure."""
        return self in (FillGroup.LPG, FillGroup.LIQUEFIED, FillGroup.ACETYLENE)


@dataclass(frozen=True, slots=True)
class Gas:
    """One medium; `tags` are its properties: flammable, oxidiser, corrosive, toxic, inert, low_pressure,
    cryogenic."""

    code: str
    name: Text
    group: FillGroup
    tags: frozenset[str]
    citation: Citation

    @property
    def flammable(self) -> bool:
        return "flammable" in self.tags

    @property
    def oxidiser(self) -> bool:
        return "oxidiser" in self.tags

    @property
    def corrosive(self) -> bool:
        return "corrosive" in self.tags

    @property
    def toxic(self) -> bool:
        return "toxic" in self.tags

    @property
    def inert(self) -> bool:
        return "inert" in self.tags


def gas(rules: Regulation, code: str, on: date) -> Gas:
    """The gas of that code; `UnknownRule` for a code the pack does not know."""
    value = numbers.gas_stated(rules, code, on)
    stated = value.table
    return Gas(
        code,
        Text.from_toml(stated),
        FillGroup(stated.text("group")),
        frozenset(stated.texts("tags")),
        value.citation,
    )


def gases(rules: Regulation, on: date) -> tuple[Gas, ...]:
    """Every gas of the pack, in its order."""
    return tuple(gas(rules, code, on) for code in numbers.gas_codes(rules, on))


def strictest(parts: Iterable[Gas]) -> frozenset[str]:
    """The properties of a mixture: every hazard of any part, inert only when all parts are."""
    tags = [part.tags for part in parts]
    inert = bool(tags) and all("inert" in gas_tags for gas_tags in tags)
    return frozenset().union(*tags) - (frozenset() if inert else {"inert"})
