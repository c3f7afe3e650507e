"""Wording in layer 0: `N_()` marks a text for the catalogues,
a `Message` carries it to an edge that can translate it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self


def N_(msgid: str) -> str:  # noqa: N802  (gettext's own name for a mark)
    """Mark `msgid` for extraction and return it unchanged."""
    return msgid


@dataclass(frozen=True, slots=True)
class Message:
    """A text not yet in any language: an English msgid with %(name)s places, and what goes into them."""

    msgid: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.msgid % self.params if self.params else self.msgid


class Labelled(StrEnum):
    """A `StrEnum` whose members carry a label (msgid) and a colour token:
    `OPEN = "open", N_("Open"), "amber"`.

    Colour tokens: green, amber, red, blue, grey. Templates draw any member with the `badge` macro.
    """

    label: str
    colour: str

    def __new__(cls, value: str, label: str = "", colour: str = "grey") -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.label = label or value
        member.colour = colour
        return member
