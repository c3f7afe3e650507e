"""What exists and every number of a regulation; the values of the bureau laid over them."""

from __future__ import annotations

from equipment.regulation import models
from equipment.web.slices import Slice

SLICE = Slice(package="equipment.regulation", models=models)
