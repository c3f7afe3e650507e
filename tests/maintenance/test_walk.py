"""How far a swipe walks through the house: counts, not times; `bench/trace swipe` prints the way.

Seven files are the slice's own: api, swiping, rules, queries, closing, presence and its rules. The others are rooms that every request of
a device passes: the door (web/assets, web/sandboxes, web, web/api, web/language, people/security), who asks and whose card it is
(people/queries, people/models, register/codes, storage/remembered), where the lift stands (register/coordinates), what came late or twice (intake), the rule
pack with the bureau's values (regulation/queries), whether people are trapped there (core/followers, calls/queries), the ledger, the database (storage) and the clock.
"""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

MOST_FUNCTIONS, MOST_FILES = 102, 33


@pytest.mark.sqlite
def test_a_swipe_passes_few_functions_in_few_files(app: Flask, trace: Any) -> None:
    walk = trace.trace(app, "swipe")
    assert len(walk.functions) <= MOST_FUNCTIONS, f"\n{walk}"
    assert len(walk.files) <= MOST_FILES, f"\n{walk}"
