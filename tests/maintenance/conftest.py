"""The real browser of these tests is a technician's phone."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.fixture
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN", "has_touch": True}
