"""Rule packs: dated, cited values from TOML, with the bureau's own dated, cited rows laid over them
(依据、规则)."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Self

from equipment.core.fields import Fields
from equipment.core.verdict import Citation, Confidence
from equipment.core.words import N_, Labelled


class UnknownRule(LookupError):
    """No value is in force for this key on this day: never stated, not yet in force, or repealed."""


@dataclass(frozen=True, slots=True)
class Document:
    """A law, technical rule or standard that values cite."""

    key: str
    name: str
    number: str = ""
    since: date | None = None
    replaced_on: date | None = None
    replaced_by: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        return f"{self.number} {self.name}".strip()


class Applies(Labelled):
    """How a value comes into force for what is under way."""

    AT_ONCE = "at_once", N_("At once: what is due is counted anew"), "amber"
    FROM_NEXT = "from_next_inspection", N_("From the next inspection: what is due stays"), "green"


@dataclass(frozen=True, slots=True)
class Value:
    """What one key says from one day on; `value` is None where the rule was repealed that day."""

    key: str
    value: object
    since: date
    citation: Citation
    note: str = ""
    confirmed_by: str = ""
    applies: Applies = Applies.AT_ONCE

    @property
    def confidence(self) -> Confidence:
        return self.citation.confidence

    @property
    def repealed(self) -> bool:
        return self.value is None

    @property
    def integer(self) -> int:
        """The value, which must be a whole number."""
        if isinstance(self.value, int) and not isinstance(self.value, bool):
            return self.value
        raise TypeError(f"{self.key}: {self.value!r} is not a whole number")

    @property
    def text(self) -> str:
        """The value, which must be a text."""
        if isinstance(self.value, str):
            return self.value
        raise TypeError(f"{self.key}: {self.value!r} is not a text")

    @property
    def day(self) -> date:
        """The value, which must be a day."""
        return date.fromisoformat(self.text)

    @property
    def table(self) -> Fields:
        """The value, which must be a table."""
        if isinstance(self.value, dict):
            return Fields(self.value)
        raise TypeError(f"{self.key}: {self.value!r} is not a table")

    @property
    def rows(self) -> tuple[Fields, ...]:
        """The value, which must be a list of tables."""
        return Fields({self.key: self.value}).tables(self.key)

    @property
    def texts(self) -> tuple[str, ...]:
        """The value, which must be a list of texts."""
        return Fields({self.key: self.value}).texts(self.key)

    @property
    def integers(self) -> tuple[int, ...]:
        """The value, which must be a list of whole numbers."""
        return Fields({self.key: self.value}).integers(self.key)

    @property
    def digest(self) -> str:
        """What a confirmation refers to: it lapses by itself when an upgrade changes the value or its
        source."""
        how = [self.applies] if self.applies is not Applies.AT_ONCE else []
        return _sha256([self.key, self.value, self.since, self.citation.document, self.citation.clause, *how])


@dataclass(frozen=True, slots=True)
class Override:
    """One dated, cited row of the bureau: a value of its own, or (`value` None) a confirmation of the pack's
    value of that day.

    `of` is the `Value.digest` that was confirmed; a confirmation of something that has changed since does not
    count.
    """

    key: str
    since: date
    value: object
    citation: str
    confirmed_by: str
    of: str = ""
    applies: Applies = Applies.AT_ONCE


@dataclass(frozen=True)
class Regulation:
    """One rule pack: every key with its dated values, oldest first."""

    pack: str
    documents: Mapping[str, Document]
    values: Mapping[str, tuple[Value, ...]]
    stale: tuple[Override, ...] = ()

    @classmethod
    def load(cls, path: Path, *more: Path) -> Self:
        """Read a pack from one or several TOML files; the first one names it."""
        files = [tomllib.loads(file_path.read_text("utf-8")) for file_path in (path, *more)]
        documents = {
            key: Document(key, **stated)
            for file in files
            for key, stated in file.get("documents", {}).items()
        }
        pack = f"{files[0]['pack']['name']}-{files[0]['pack']['version']}"
        values: dict[str, tuple[Value, ...]] = {}
        for file in files:
            for key, entries in _flattened(Fields(file["rules"])):
                if key in values:
                    raise ValueError(f"{key} is stated in two files of {pack}")
                stated = (_read(key, dated, documents, pack) for dated in entries)
                values[key] = tuple(sorted(stated, key=lambda value: value.since))
        return cls(pack, documents, values)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical content, bureau rows included."""
        content = [
            [
                value.key,
                value.value,
                value.since,
                value.citation.as_json(),
                value.note,
                value.confirmed_by,
                *([value.applies] if value.applies is not Applies.AT_ONCE else []),
            ]
            for key in self.keys()
            for value in self.values[key]
        ]
        return _sha256([self.pack, content])

    def keys(self) -> tuple[str, ...]:
        return tuple(sorted(self.values))

    def history(self, key: str) -> tuple[Value, ...]:
        """Every dated value of the key, oldest first, repeals included."""
        return self.values.get(key, ())

    def counted_from(self, day: date | None) -> Regulation:
        """These rules for a step that is counted from a day: a value that applies from the next inspection is
        no rule for a step begun before the value was in force."""
        hidden = [since for since in self._deferred if day is None or since > day]
        if not hidden:
            return self
        if hidden[0] not in self._views:
            seen = {
                key: tuple(
                    value for value in dated if value.applies is Applies.AT_ONCE or value.since < hidden[0]
                )
                for key, dated in self.values.items()
            }
            self._views[hidden[0]] = Regulation(self.pack, self.documents, seen, self.stale)
        return self._views[hidden[0]]

    def steps(self) -> tuple[tuple[date, Regulation], ...]:
        """Every change of what `counted_from` gives: the first day of a step, and the rules for it."""
        return tuple((day, self.counted_from(day)) for day in (date.min, *self._deferred))

    @cached_property
    def _deferred(self) -> tuple[date, ...]:
        """The days from which values hold that apply from the next inspection, in order."""
        return tuple(
            sorted(
                {
                    value.since
                    for dated in self.values.values()
                    for value in dated
                    if value.applies is Applies.FROM_NEXT
                }
            )
        )

    @cached_property
    def _views(self) -> dict[date, Regulation]:
        """What is left of the rules without the deferred values from a day on, made when first asked for."""
        return {}

    def find(self, key: str, on: date) -> Value | None:
        """The value in force on that day, or None."""
        in_force = None
        for value in self.values.get(key, ()):
            if value.since > on:
                break
            in_force = value
        return None if in_force is None or in_force.repealed else in_force

    def value(self, key: str, on: date) -> Value:
        """The value in force on that day."""
        in_force = self.find(key, on)
        if in_force is None:
            raise UnknownRule(f"{self.pack}: {key} has no value in force on {on}")
        return in_force

    def integer(self, key: str, on: date) -> int:
        return self.value(key, on).integer

    def under(self, prefix: str, on: date) -> dict[str, Value]:
        """Every value in force below `prefix.`, by the rest of its key, in the order of the pack."""
        start = f"{prefix}."
        below = (
            (key.removeprefix(start), self.find(key, on)) for key in self.values if key.startswith(start)
        )
        return {rest: value for rest, value in below if value is not None}

    def unverified(self) -> tuple[Value, ...]:
        """Every dated value that nobody has verified yet, by key and day."""
        return tuple(
            value for key in self.keys() for value in self.values[key] if not value.confidence.verified
        )

    def overlaid(self, overrides: Iterable[Override]) -> Regulation:
        """This pack with the bureau's rows laid over it; confirmations that found nothing to confirm stay in
        `stale`."""
        values, stale, applied = dict(self.values), [], 0
        pack = self.pack
        for override in sorted(overrides, key=lambda override: (override.key, override.since)):
            changed = _overlay(values.get(override.key, ()), override)
            if changed is None:
                stale.append(override)
            else:
                values[override.key] = changed
                applied += 1
        if applied:
            pack = f"{pack}+{applied}"
            values = {key: tuple(_in_pack(value, pack) for value in dated) for key, dated in values.items()}
        return Regulation(pack, self.documents, values, (*self.stale, *stale))


def _in_pack(value: Value, pack: str) -> Value:
    return replace(value, citation=replace(value.citation, pack=pack))


def _overlay(dated: Sequence[Value], override: Override) -> tuple[Value, ...] | None:
    """The key's dated values with one bureau row applied, or None when the row confirms nothing that is still
    there."""
    if override.value is not None:
        citation = Citation(override.citation, since=override.since, confidence=Confidence.CONFIRMED)
        own = Value(
            override.key,
            override.value,
            override.since,
            citation,
            confirmed_by=override.confirmed_by,
            applies=override.applies,
        )
        others = (value for value in dated if value.since != override.since)
        return tuple(sorted((*others, own), key=lambda value: value.since))
    confirmed = [
        value for value in dated if value.since == override.since and override.of in ("", value.digest)
    ]
    if not confirmed:
        return None
    return tuple(_confirmed(value, override) if value in confirmed else value for value in dated)


def _confirmed(value: Value, override: Override) -> Value:
    citation = replace(value.citation, confidence=Confidence.CONFIRMED)
    note = f"{value.note} [{override.citation}]".strip()
    return replace(value, citation=citation, note=note, confirmed_by=override.confirmed_by)


def _flattened(tree: Fields, prefix: str = "") -> Iterator[tuple[str, Sequence[Fields]]]:
    """A list is the dated values of one key; a table leads deeper."""
    for name, branch in tree.items():
        key = f"{prefix}{name}"
        if isinstance(branch, dict):
            yield from _flattened(Fields(branch), f"{key}.")
        else:
            yield key, tree.tables(name)


def _read(key: str, dated: Fields, documents: Mapping[str, Document], pack: str) -> Value:
    missing = {"since", "cite", "confidence"} - dated.keys()
    surplus = dated.keys() - {"since", "cite", "confidence", "value", "clause", "note", "applies"}
    if missing or surplus or dated.text("cite") not in documents:
        raise ValueError(
            f"{key}: an entry lacks {sorted(missing)}, "
            f"has unknown {sorted(surplus)} or cites no listed document"
        )
    document, since = documents[dated.text("cite")], dated.day("since")
    citation = Citation(
        document.title, dated.text("clause", ""), since, Confidence(dated.text("confidence")), pack
    )
    applies = Applies(dated.text("applies", Applies.AT_ONCE))
    return Value(key, dated.get("value"), since, citation, dated.text("note", ""), applies=applies)


def _sha256(content: object) -> str:
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_iso)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _iso(day: object) -> str:
    if isinstance(day, date):
        return day.isoformat()
    raise TypeError(f"{day!r} does not belong into a rule pack")
