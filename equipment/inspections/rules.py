"""Conclusions of inspections and what follows from them. Pure."""
from __future__ import annotations

from equipment.words import Labelled, N_


class InspectionKind(Labelled):
    SUPERVISION = "supervision", N_("Supervision inspection"), "blue"
    INSPECTION = "inspection", N_("Periodic inspection"), "blue"
    SELF_TEST = "self_test", N_("Self-test"), "blue"


class Conclusion(Labelled):
    PASS = "pass", N_("Passed"), "green"
    FAIL = "fail", N_("Failed"), "red"
    SCRAP = "scrap", N_("Failed, to be scrapped"), "red"
