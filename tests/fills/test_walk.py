"""How far a fill scan walks through the house: a reader who follows it must not get lost. Counts, not times;
`bench/trace fill` prints the way."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from equipment.fills.models import Fill, FillRow, Scan, ScanRow

MOST_FUNCTIONS, MOST_FILES = 60, 21


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
