"""What a check of the ledger found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from equipment.core.words import N_, Labelled


class LedgerFault(Labelled):
    """How the ledger can be broken."""

    CHANGED = "changed", N_("An entry was changed or put in another place"), "red"
    MISSING = "missing", N_("An entry is missing"), "red"
    CUT = "cut", N_("The end of a chain was cut off"), "red"
    HEAD = "head", N_("The head of a chain does not fit its last entry"), "red"
    VANISHED = "vanished", N_("A sealed chain or entry is gone or was rewritten"), "red"
    SEAL = "seal", N_("A seal was changed, or is missing"), "red"
    STAMP = "stamp", N_("A timestamp does not fit its seal"), "red"
    FILE = "file", N_("An exported seal file is missing or was changed"), "red"
    RECORD_CHANGED = "record_changed", N_("A record was changed past the ledger"), "red"
    RECORD_GONE = "record_gone", N_("A record was deleted past the ledger"), "red"
    RECORD_EXTRA = "record_extra", N_("A record was inserted past the ledger"), "red"
    CONTENT_CHANGED = "content_changed", N_("A stored file was changed"), "red"
    CONTENT_GONE = "content_gone", N_("A stored file is missing"), "red"


@dataclass(frozen=True, slots=True)
class FaultPlace:
    """One bad entry: what is wrong, and where (`equipment:<id> #12`, `seal 5`, `fill/<id>/<id>`)."""

    fault: LedgerFault
    where: str


@dataclass
class Report:
    """Counts of what was checked and found, and the first bad entry."""

    events: int = 0
    chains: int = 0
    seals: int = 0
    records: int = 0
    stamps: int = 0  # seals with a timestamp that fits
    unstamped: int = 0  # seals of more than a day ago without one
    unchecked: int = 0  # timestamps that no certificate is here for
    tail: int = 0  # entries that no seal covers yet
    behind: int = 0  # records that an older version of their evidence proves
    renewed: int = 0  # of these, entered under the newest
    files: int = 0  # stored files that were read
    unread: int = 0  # stored files whose content another night reads
    faults: Counter[LedgerFault] = field(default_factory=Counter)
    first: FaultPlace | None = None

    @property
    def whole(self) -> bool:
        return self.first is None

    def add(self, fault: LedgerFault, where: str, count: int = 1) -> None:
        self.faults[fault] += count
        self.first = self.first or FaultPlace(fault, where)

    def as_json(self) -> dict[str, object]:
        return {
            "whole": self.whole,
            "events": self.events,
            "chains": self.chains,
            "seals": self.seals,
            "records": self.records,
            "stamps": self.stamps,
            "unstamped": self.unstamped,
            "unchecked": self.unchecked,
            "tail": self.tail,
            "behind": self.behind - self.renewed,
            "files": self.files,
            "unread": self.unread,
            "faults": {str(fault): count for fault, count in self.faults.items()},
            "first": {"fault": str(self.first.fault), "where": self.first.where} if self.first else None,
        }
