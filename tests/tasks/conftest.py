"""The server process of the children imports the tests' drawing once."""

from __future__ import annotations

from equipment.tasks import children

children.preload("tests.tasks.drawing")
