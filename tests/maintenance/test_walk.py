"""How far a swipe walks through the house: counts, not times; `bench/trace swipe` prints the way."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

MOST_FUNCTIONS, MOST_FILES = 70, 24


@pytest.mark.sqlite
def test_a_swipe_passes_few_functions_in_few_files(app: Flask, trace: Any) -> None:
    walk = trace.trace(app, "swipe")
    assert len(walk.functions) <= MOST_FUNCTIONS, f"\n{walk}"
    assert len(walk.files) <= MOST_FILES, f"\n{walk}"
