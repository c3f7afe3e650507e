"""The slices of the application, each to the right of what it may import: the one list that the wiring, jobs
and tests read.

A new slice is one folder with a `slice.py`, and one line here.
"""

from __future__ import annotations

from equipment.accidents.slice import SLICE as ACCIDENTS
from equipment.briefing.slice import SLICE as BRIEFING
from equipment.calendars.slice import SLICE as CALENDARS
from equipment.calls.slice import SLICE as CALLS
from equipment.campaigns.slice import SLICE as CAMPAIGNS
from equipment.checklists.slice import SLICE as CHECKLISTS
from equipment.contracts.slice import SLICE as CONTRACTS
from equipment.controls.slice import SLICE as CONTROLS
from equipment.counting.slice import SLICE as COUNTING
from equipment.dues.slice import SLICE as DUES
from equipment.files.slice import SLICE as FILES
from equipment.fills.slice import SLICE as FILLS
from equipment.firms.slice import SLICE as FIRMS
from equipment.hazards.slice import SLICE as HAZARDS
from equipment.imports.slice import SLICE as IMPORTS
from equipment.inspections.slice import SLICE as INSPECTIONS
from equipment.instruments.slice import SLICE as INSTRUMENTS
from equipment.insurance.slice import SLICE as INSURANCE
from equipment.intake.slice import SLICE as INTAKE
from equipment.labels.slice import SLICE as LABELS
from equipment.ledger.slice import SLICE as LEDGER
from equipment.life.slice import SLICE as LIFE
from equipment.lots.slice import SLICE as LOTS
from equipment.maintenance.slice import SLICE as MAINTENANCE
from equipment.on_demand.slice import SLICE as ON_DEMAND
from equipment.orders.slice import SLICE as ORDERS
from equipment.packs.slice import SLICE as PACKS
from equipment.passes.slice import SLICE as PASSES
from equipment.people.slice import SLICE as PEOPLE
from equipment.places.slice import SLICE as PLACES
from equipment.register.slice import SLICE as REGISTER
from equipment.registration.slice import SLICE as REGISTRATION
from equipment.regulation.slice import SLICE as REGULATION
from equipment.reminders.slice import SLICE as REMINDERS
from equipment.reports.slice import SLICE as REPORTS
from equipment.rescue.slice import SLICE as RESCUE
from equipment.risks.slice import SLICE as RISKS
from equipment.roster.slice import SLICE as ROSTER
from equipment.rules.slice import SLICE as RULES
from equipment.sandbox.slice import SLICE as SANDBOX
from equipment.seizures.slice import SLICE as SEIZURES
from equipment.shell.slice import SLICE as SHELL
from equipment.supervision.slice import SLICE as SUPERVISION
from equipment.suspicions.slice import SLICE as SUSPICIONS
from equipment.tasks.slice import SLICE as TASKS
from equipment.telemetry.slice import SLICE as TELEMETRY
from equipment.uploads.slice import SLICE as UPLOADS
from equipment.walks.slice import SLICE as WALKS
from equipment.web.slices import Slice

SLICES: tuple[Slice, ...] = (
    REGULATION,
    LEDGER,
    PEOPLE,
    FILES,
    TASKS,
    COUNTING,
    INTAKE,
    REGISTER,
    LABELS,
    DUES,
    REGISTRATION,
    RULES,
    HAZARDS,
    INSTRUMENTS,
    CONTRACTS,
    INSPECTIONS,
    FILLS,
    CHECKLISTS,
    MAINTENANCE,
    RESCUE,
    TELEMETRY,
    INSURANCE,
    ON_DEMAND,
    LOTS,
    PLACES,
    PASSES,
    SUSPICIONS,
    ACCIDENTS,
    ORDERS,
    SEIZURES,
    SUPERVISION,
    CONTROLS,
    WALKS,
    CAMPAIGNS,
    CALENDARS,
    IMPORTS,
    CALLS,
    FIRMS,
    UPLOADS,
    RISKS,
    LIFE,
    PACKS,
    ROSTER,
    REPORTS,
    BRIEFING,
    REMINDERS,
    SANDBOX,
    SHELL,
)
