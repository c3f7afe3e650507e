"""`Text`: wording that belongs to a rule pack or checklist and ships with it, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from equipment.core.fields import Fields


@dataclass(frozen=True, slots=True)
class Text:
    """A wording that ships with the rule pack, in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The wording for a locale such as `zh_Hans_CN` or `en`."""
        return self.zh if language.lower().startswith("zh") else self.en

    @classmethod
    def from_toml(cls, stated: Fields, prefix: str = "") -> Self:
        return cls(stated.text(f"{prefix}zh"), stated.text(f"{prefix}en"))
