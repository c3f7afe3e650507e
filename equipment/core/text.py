"""`Text`: wording that belongs to a rule pack or checklist and ships with it, in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Text:
    """A wording that ships with the rule pack, in both languages."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """The wording for a locale such as `zh_Hans_CN` or `en`."""
        return self.zh if language.lower().startswith("zh") else self.en

    @classmethod
    def from_toml(cls, stored: Mapping[str, Any], prefix: str = "") -> Self:
        return cls(stored[f"{prefix}zh"], stored[f"{prefix}en"])
