"""How far a swipe walks through the house: counts, not times; `bench/trace swipe` prints the way."""

from __future__ import annotations

import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from typing import Any

import pytest
from flask import Flask

from equipment.core.config import ROOT

MOST_FUNCTIONS, MOST_FILES = 70, 24


@pytest.fixture
def trace(monkeypatch: pytest.MonkeyPatch) -> Any:
    """bench/trace as a module."""
    monkeypatch.setattr(sys, "path", [str(ROOT / "bench"), *sys.path])
    loader = SourceFileLoader("bench_trace", str(ROOT / "bench" / "trace"))
    module = module_from_spec(spec_from_loader(loader.name, loader))  # type: ignore[arg-type]
    loader.exec_module(module)
    return module


@pytest.mark.sqlite
def test_a_swipe_passes_few_functions_in_few_files(app: Flask, trace: Any) -> None:
    walk = trace.trace(app, "swipe")
    assert len(walk.functions) <= MOST_FUNCTIONS, f"\n{walk}"
    assert len(walk.files) <= MOST_FILES, f"\n{walk}"
