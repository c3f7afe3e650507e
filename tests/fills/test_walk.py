"""How far a fill scan walks through the house: a reader who follows it must not get lost. Counts, not times;
`bench/trace fill` prints the way.

The aim is 60 functions in 14 files. 70 in 24 files are passed (seven of them find the database in which the
request works, the city's or a sandbox's; whether the line is HTTPS, and the two texts
that are digested, which evidence packs hold as well), and why they are not fewer:

- four of fills hold the subject: api (HTTP), scan (message to answer), rules (the verdict), record (what is
  written). What only some scans need stands beside the way: build_rules (what the pack says of a build, once),
  reason_rules (what follows from reasons), rescans (a fill that goes on), checks (answers and faults), station
  (licences and people, remembered), reason_views (texts of refusals);
- eight belong to every request of the API: web/sandboxes (whose database it works in), web/assets,
  people/security and web/cookies (the hooks of WSGI and of
  Flask's session, whether the line is HTTPS, one function each), web/__init__, web/api, people/queries (the
  token), storage/remembered;
- five are a pure half and a half that knows the database, which layers keep apart: intake/rules and
  intake/actions (which instant counts, what came before), ledger/rules, evidence and actions (digests, which
  columns prove a record, chains);
- four write: storage/db (the transaction), commits (one commit for many), statements (compiled once), columns
  (what a value looks like in either database);
- three are passed for one function each that is stated nowhere else: core/clock, register/codes (what a code
  is), regulation/cylinder_life (the last day it may be filled).
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from equipment.fills.models import Fill, FillRow, Scan, ScanRow

MOST_FUNCTIONS, MOST_FILES = 70, 24


@pytest.mark.sqlite
def test_a_fill_scan_passes_few_functions_in_few_files(app: Flask, trace: Any) -> None:
    walk = trace.trace(app, "fill")
    assert len(walk.functions) <= MOST_FUNCTIONS, f"\n{walk}"
    assert len(walk.files) <= MOST_FILES, f"\n{walk}"


def test_the_rows_of_the_hot_path_have_every_column() -> None:
    assert (list(ScanRow.__annotations__), list(FillRow.__annotations__)) == (
        Scan.__table__.columns.keys(),
        Fill.__table__.columns.keys(),
    )
