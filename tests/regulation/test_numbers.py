"""No dead number: every key of every rule pack is read by code that runs, through one accessor; and no rule stands in code as a literal.

The tests read the syntax tree of the application. A function counts as running when something outside `regulation`, or a
function that runs, speaks its name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

import pytest

from equipment.regulation.accident_numbers import ACCIDENTS
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.choices import QUESTIONS
from equipment.regulation.clauses import HAZARD_CLAUSES
from equipment.regulation.control_numbers import CONTROLS
from equipment.regulation.instrument_numbers import INSTRUMENTS
from equipment.regulation.packs import Regulation
from equipment.regulation.risk_numbers import RISK
from equipment.regulation.seizure_numbers import SEIZURES

ROOT = Path(__file__).resolve().parent.parent.parent
PACKS: dict[str, Regulation] = {
    **{each.key: each.regulation for each in CATEGORIES},
    "hazard_clauses": HAZARD_CLAUSES,
    "accidents": ACCIDENTS,
    "controls": CONTROLS,
    "risk": RISK,
    "instruments": INSTRUMENTS,
    "seizures": SEIZURES,
}
KEYS = {key for pack in PACKS.values() for key in pack.values}
READS = {"value", "find", "integer", "table", "under"}  # the methods of a pack that take a key
NOT_RULES = (
    "equipment/migrations/",
    "equipment/translations/",
    "equipment/shell/demo/",
)  # the demonstration tells of a city, it decides nothing

# Keys that no code reads yet, each with the capability it waits for. A key that is read must leave this list.
WAITING = {
    "record_retention_months": "archive: what of a station's records may go, and when",
    "registration_days": "registration papers (使用登记): the day by which a new piece is registered",
    "apply_months_before": "registration papers: reminders to apply (报检) ahead of the due month",
    "lpg_pressure.*": "manifold fills: what one pressure says of many bottles",
    "weighing.scale_range_percent": "connected scales: their range told by the scale itself",
    "weighing.check_scale_permille": "connected scales: their accuracy told by the scale itself",
    "acetylene.wall_max_c": "the temperature of the wall, measured while acetylene is filled",
    "residual_pressure.*": "residual pressure measured at the pre-fill check",
    "colour.*": "pictures of how a bottle must look, beside its pre-fill check",
}
# Files that still speak a key by name, and why.
BY_NAME = {
    "equipment/regulation/elevator.py": "the plan of a lift",
    "equipment/regulation/elevator_inspection.py": "the plan of a lift",
    "equipment/regulation/elevator_visits.py": "the plan of a lift",
    "equipment/maintenance/queries.py": "the annex of a lift",
    "equipment/checklists/actions.py": "whether a kind of lift has an annex",
    "equipment/checklists/queries.py": "whether a kind of lift has an annex",
    "equipment/maintenance/plate_rate_views.py": "the period, as the page cites it",
}
# Accessors that nobody calls yet: those of keys that wait.
UNUSED_YET = {
    "colour_stated": "waits with colour",
    "acetylene_residuals": "waits with residual_pressure",
    "compressed_residual_kpa": "waits with residual_pressure",
}


@cache
def trees() -> Mapping[str, ast.Module]:
    """Every source file of the application, by its path."""
    found = [*sorted((ROOT / "equipment").rglob("*.py")), *sorted((ROOT / "jobs").rglob("*.py"))]
    paths = {str(path.relative_to(ROOT)): path for path in found}
    return {
        name: ast.parse(path.read_text()) for name, path in paths.items() if not name.startswith(NOT_RULES)
    }


def is_accessor(name: str) -> bool:
    return (
        name.endswith("_numbers.py") or name == "equipment/regulation/clauses.py"
    )  # the clauses are a pack and its one reader


def pattern(node: ast.expr) -> str | None:
    """A key as code spells it: `visit_days.*` for f"visit_days.{kind}"."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "*" for part in node.values)
    return None


def matched(spelt: str, whole: bool) -> set[str]:
    """The keys that a pattern speaks of; `under` speaks of everything below its prefix."""
    return {key for key in KEYS if fnmatchcase(key, spelt if whole else f"{spelt}.*")}


def keys_read(node: ast.AST) -> set[str]:
    """The keys that this piece of code reads from a pack, or names whole in a table of its own."""
    found: set[str] = set()
    for inner in ast.walk(node):
        if (
            isinstance(inner, ast.Call)
            and isinstance(inner.func, ast.Attribute)
            and inner.func.attr in READS
            and inner.args
        ):
            spelt = pattern(inner.args[0])
            if spelt is not None and spelt != "*":
                found |= matched(spelt, inner.func.attr != "under")
        elif isinstance(inner, ast.Constant) and isinstance(inner.value, str) and "." in inner.value:
            found |= {inner.value} & KEYS
    return found


def names_spoken(nodes: list[ast.stmt]) -> set[str]:
    """Every name and attribute that these statements speak."""
    spoken: set[str] = set()
    for node in (inner for each in nodes for inner in ast.walk(each)):
        if isinstance(node, ast.Name):
            spoken.add(node.id)
        elif isinstance(node, ast.Attribute):
            spoken.add(node.attr)
    return spoken


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def outside_functions(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    """What runs when a module is read: its statements and those of its classes, but no body of a function."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from outside_functions(node.body)
        elif not isinstance(node, (ast.FunctionDef, ast.Import, ast.ImportFrom)):
            yield node


@cache
def running() -> frozenset[str]:
    """The names that running code speaks: what a module does when it is read, functions that a decorator hands to somebody, and on."""
    everything = [
        node for tree in trees().values() for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)
    ]
    spoken = names_spoken([node for tree in trees().values() for node in outside_functions(tree.body)])
    bodies = [
        (each.name, names_spoken([each]), bool(each.decorator_list) or each.name.startswith("__"))
        for each in everything
    ]
    while (
        new := {name for own, names, handed in bodies if handed or own in spoken for name in names} - spoken
    ):
        spoken |= new
    return frozenset(spoken)


def read_by_running_code() -> set[str]:
    found: set[str] = set()
    for tree in trees().values():
        dead = [
            each
            for each in functions(tree)
            if each.name in UNUSED_YET or not (each.decorator_list or each.name in running())
        ]
        found |= keys_read(tree) - {key for each in dead for key in keys_read(each)} | {
            key for each in functions(tree) if each not in dead for key in keys_read(each)
        }
    return found


def test_every_key_is_read_or_waits_for_a_named_capability() -> None:
    waiting = {key for spelt in WAITING for key in KEYS if fnmatchcase(key, spelt)}
    read = read_by_running_code()
    assert (sorted(KEYS - read - waiting), sorted(waiting & read)) == ([], []), (
        "neither a dead key, nor one that waits though it is read"
    )
    assert [spelt for spelt in WAITING if not any(fnmatchcase(key, spelt) for key in KEYS)] == []


def test_keys_are_named_by_their_accessors_only() -> None:
    named = {name for name, tree in trees().items() if not is_accessor(name) and keys_read(tree)}
    assert named == set(BY_NAME), (
        "a key is read through equipment/regulation/*_numbers.py; a file that no longer names one leaves the list"
    )


def test_every_accessor_is_called() -> None:
    dead = {
        each.name
        for name, tree in trees().items()
        if name.endswith("_numbers.py")
        for each in functions(tree)
        if each.name not in running()
    }
    assert dead == set(UNUSED_YET)


def test_every_choice_of_the_bureau_is_read() -> None:
    spelt = {
        pattern(node.args[0])
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "choice"
        and node.args
    }
    spelt |= {
        node.value.value
        for tree in trees().values()
        for node in ast.walk(tree)  # choice(TRANSITION, ...)
        if isinstance(node, ast.Assign)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    }
    assert [
        question.key
        for question in QUESTIONS
        if not any(each and each != "*" and fnmatchcase(question.key, each) for each in spelt)
    ] == []


# Literals of time. What a rule sets stands in a pack or among the choices; what is left is of these kinds.
MACHINE = "how long the machine waits, tries or keeps something: nobody's duty"
WINDOW = "what a list, card or figure of a page looks back or ahead on; the page says so"
TYPED = "what cannot be meant: a slip of the keyboard or of a clock"
TIMES = {
    "equipment/accidents/": {
        "expert_views.py USUAL_MONTHS": "what the form proposes; whoever fills it in sets the day",
        "statistics_views.py MONTHS_SHOWN": WINDOW,
    },
    "equipment/calls/": {
        "home.py ROWS, LAST_DAYS": WINDOW,
        "statistics.py add_months(until, -12)": WINDOW,
        "statistics_views.py MONTHS_SHOWN": WINDOW,
        "statistics_views.py add_months(until, -12)": WINDOW,
        "stepping.py DAY": TYPED,
    },
    "equipment/campaigns/": {"list_views.py KEPT": MACHINE},
    "equipment/contracts/": {
        "duties.py timedelta(days=7)": "a house value: the day by which a use unit is asked to answer, nobody's right",
        "handing_over.py AHEAD": WINDOW,
        "rules.py LONGEST_YEARS": TYPED,
        "views.py add_months(clock.today(), 12)": "what the form proposes; whoever fills it in sets the day",
    },
    "equipment/calendars/": {"queries.py VISITS_AHEAD": WINDOW},
    "equipment/dues/": {
        "joint.py AHEAD": WINDOW,
        "joint_views.py PLAN_DAYS": WINDOW,
        "duties.py BEFORE_AND_AFTER": "a house value: when an organisation hears of its own duties, nobody's right",
        "duties.py OF_THE_DAY": "the day that two have arranged, and the day before",
    },
    "equipment/controls/": {"duties.py REMINDED_DAYS": WINDOW, "home.py LAST_DAYS": WINDOW},
    "equipment/rescue/": {"rules.py SOON_DAYS": WINDOW},
    "equipment/risks/": {
        "queries.py NEW_DAYS": WINDOW,
        "views.py USUAL_DAYS": "what the form proposes; whoever fills it in sets the day",
    },
    "equipment/telemetry/": {
        "rules.py DAY_S": MACHINE,
        "views.py CHART_DAYS, FAULT_DAYS": WINDOW,
        "watch.py BEAT, SILENT_AFTER": MACHINE,
    },
    "equipment/fills/": {
        "actions.py LISTED": MACHINE,
        "handover_printing.py NEIGHBOURS": WINDOW,
        "home.py WEEK_DAYS, MONTH_DAYS": WINDOW,
        "station.py REMEMBERED_S": MACHINE,
    },
    "equipment/suspicions/": {
        "collecting.py LATE_DAYS": MACHINE,
        "lift_collecting.py PHOTO_DAYS": MACHINE,
        "lift_rules.py A_DAY": "how far apart two visits are compared; the pack judges them",
        "morning_views.py BACK": WINDOW,
        "tracing.py add_months(on, -12)": WINDOW,
        "rules.py WINDOW": "ten minutes, as the value that is compared with it says by its name",
    },
    "equipment/firms/": {"queries.py MONTHS": WINDOW},
    "equipment/uploads/": {
        "api.py PER_MINUTE": MACHINE,
        "attempts.py KEPT_DAYS": MACHINE,
        "chongqing_rules.py TOKEN_S": "as measured at the interface of another city",
        "chongqing_views.py AGAIN_S": MACHINE,
        "listing.py WINDOW_DAYS": WINDOW,
    },
    "equipment/inspections/": {"report_views.py YEAR": WINDOW},
    "equipment/instruments/": {
        "actions.py MOST_YEARS": TYPED,
        "lists.py AHEAD_DAYS": TYPED,
        "rules.py SOON_DAYS": WINDOW,
    },
    "equipment/seizures/": {
        "rules.py SOON_DAYS": WINDOW,
        "views.py timedelta(hours=12)": "a day of service without its hour is kept as noon",
    },
    "equipment/insurance/": {"rules.py SOON_DAYS": WINDOW, "actions.py MOST_YEARS": TYPED},
    "equipment/on_demand/": {
        "queries.py CHECKS_DAYS": MACHINE,
        "duties.py ANSWER_DAYS": "a house value: when the county and the city are reminded, nobody's right",
        "actions.py MOST_YEARS": TYPED,
        "rules.py DAY": "a day more or less",
    },
    "equipment/places/": {
        "following.py SETTLED": MACHINE,
        "rotation.py IDLE_DAYS": WINDOW,
        "home.py SILENT_DAYS": WINDOW,
        "views.py SILENT_DAYS": WINDOW,
    },
    "equipment/passes/": {
        "actions.py ACTIVE": MACHINE,
        "actions.py DAYS": MACHINE,
        "actions.py LONGEST": MACHINE,
        "actions.py RENEWED_AFTER": MACHINE,
        "api.py SOON_S": MACHINE,
        "rules.py FIRST_DAY": MACHINE,
    },
    "equipment/sandbox/": {"pieces.py YEAR": "how old the made-up pieces are, and how long they are good"},
    "equipment/hazards/": {"queries.py MOST_DAYS": TYPED, "rules.py AGES": WINDOW},
    "equipment/imports/": {
        "openings.py SKEW": MACHINE,
        "rules.py EXCEL_DAYS": TYPED,
        "rules.py YEARS": TYPED,
        "stages.py BACK_CHUNK": MACHINE,
        "stages.py HOLD_S": MACHINE,
    },
    "equipment/intake/": {"actions.py CONTACT_EVERY_S": MACHINE},
    "equipment/lots/": {"sources.py SORTED_FOR": WINDOW},
    "equipment/labels/": {
        "ledger_views.py MONTHS": "months that one page shows",
        "printing.py Q_UNTIL": "characters that a symbol holds",
    },
    "equipment/maintenance/": {
        "queries.py MOST_DAYS": MACHINE,
        "list_views.py timedelta(days=29)": WINDOW,
        "presence.py NEAR": "how far around a visit others of the same people are read; the pack judges them",
        "home.py REFUSED_DAYS": WINDOW,
        "paper_printing.py MONTH_COLUMNS": "the columns of a paper",
        "reminding.py LATE_FOR": MACHINE,
        "visit_views.py UNFINISHED_FOR": WINDOW,
        "worklist.py AHEAD": WINDOW,
    },
    "equipment/people/": {
        "credentials.py AN_HOUR": MACHINE,
        "credentials.py COUNTED_FOR": MACHINE,
        "credentials.py KNOWN_FOR": MACHINE,
        "credentials.py SEEN_EVERY": MACHINE,
        "second_factor.py DRIFT": MACHINE,
        "signing.py BROWSER_S": MACHINE,
        "signing.py HALF, HALF_FOR": MACHINE,
        "home.py SOON_DAYS": WINDOW,
        "interrupted.py KEPT_FOR": MACHINE,
        "queries.py TOKEN_CACHE_S": MACHINE,
        "setup.py VALID_FOR": MACHINE,
    },
    "equipment/reminders/": {
        "channels.py LEASE": MACHINE,
        "channels.py PAUSE": MACHINE,
        "queries.py CALLED_DAYS": WINDOW,
        "sms.py TIMEOUT_S": MACHINE,
        "webhook.py TIMEOUT_S": MACHINE,
    },
    "equipment/reports/": {
        "hazard_statistics_views.py MONTHS_SHOWN": WINDOW,
        "indicators.py LAST_DAYS": WINDOW,
        "tallies.py BACK": WINDOW,
        "tallies.py MOVING": WINDOW,
        "year_views.py YEARS_BACK": WINDOW,
    },
    "equipment/files/": {"content.py DRAWING_S": MACHINE, "redraw.py CPU_S": MACHINE},
    "equipment/shell/": {
        "certificates.py CA_DAYS, CERTIFICATE_DAYS": MACHINE,
        "orphans.py UNUSED_AFTER_S": MACHINE,
        "rsgi.py TICK_S": MACHINE,
        "rsgi.py WINDOW_S": MACHINE,
        "supervisor.py LONGEST_PAUSE_S": MACHINE,
        "supervisor.py LOOK_S": MACHINE,
        "supervisor.py QUICK_S": MACHINE,
        "supervisor.py STOP_S": MACHINE,
        "work.py KEEP_FOR": MACHINE,
        "work.py KEPT_FREQUENT": MACHINE,
        "work.py LEAST_SIGN_INS": "六个月, the least of the Cybersecurity Law for logs; a setting may hold more",
    },
    "equipment/storage/": {
        "db.py GAP_S": MACHINE,
        "db.py TRY_S": MACHINE,
        "presence.py CLOSING_S": MACHINE,
        "steady.py EVERY_S": MACHINE,
    },
    "equipment/counting/": {"troubles.py TOLD_FOR": MACHINE},
    "equipment/tasks/": {
        "children.py POLL_S": MACHINE,
        "children.py SECONDS": MACHINE,
        "queries.py LONGEST_S": MACHINE,
        "queries.py SILENT_AFTER": MACHINE,
        "queries.py TOLD_FOR": MACHINE,
        "runner.py LEASE": MACHINE,
        "leases.py TICK_S": MACHINE,
        "timetable.py GRACE": MACHINE,
    },
    "equipment/web/": {
        "__init__.py FLOOR_S": MACHINE,
        "__init__.py SIGNED_ANEW_S": MACHINE,
        "api.py BUSY_S": MACHINE,
        "assets.py SHORT_S": MACHINE,
        "cursors.py SETTLED": MACHINE,
        "assets.py UNFINISHED_S": MACHINE,
        "limit_store.py SWEEP_S": MACHINE,
        "limit_store.py WAIT_S": MACHINE,
        "limits.py AGAIN_S": MACHINE,
    },
    "jobs/": {
        "process.py BEAT_EVERY_S": MACHINE,
        "process.py GRACE_S": MACHINE,
        "process.py LOOK_EVERY_S": MACHINE,
        "process.py STOP_LOOK_S": MACHINE,
        "runs.py LEASE": MACHINE,
        "runs.py PAUSES": MACHINE,
        "lookout.py AFTER_FAULT_S": MACHINE,
        "lookout.py READ_EVERY_S": MACHINE,
        "mqtt.py EVERY_S, BEAT_EVERY_S, AGAIN_S": MACHINE,
    },
}
DURATION = re.compile(
    r"(^|_)(DAYS?|MONTHS?|YEARS?|HOURS?|MINUTES?|SECONDS?|S|WITHIN|AFTER|AGES?|AHEAD|BACK|SOON|DELAY|PERIOD|UNTIL|GRACE|EVERY|KEPT|FOR|SKEW|MOVING)(_|$)"
)


def has_number(node: ast.AST) -> bool:
    return any(
        isinstance(inner, ast.Constant) and type(inner.value) in (int, float) for inner in ast.walk(node)
    )


def literals_of_time(tree: ast.Module) -> Iterator[str]:
    """Constants named as a duration, and durations written where they are used; a day or month more or less is arithmetic."""
    named = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], (ast.Name, ast.Tuple)):
            target = ast.unparse(node.targets[0]).strip("()")
            if (
                target.isupper()
                and (DURATION.search(target) or "timedelta" in ast.unparse(node.value))
                and has_number(node.value)
            ):
                named.update(ast.walk(node))
                yield target
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and node not in named
            and isinstance(node.func, ast.Name)
            and node.func.id in ("timedelta", "add_months")
        ):
            numbers = [
                each.value
                for part in (
                    *node.args[node.func.id == "add_months" :],
                    *(word.value for word in node.keywords),
                )
                for each in [part.operand if isinstance(part, ast.UnaryOp) else part]
                if isinstance(each, ast.Constant)
            ]
            if any(number not in (0, 1) for number in numbers):
                yield ast.unparse(node)


def test_no_rule_stands_in_code_as_a_literal() -> None:
    found = {
        f"{name} {literal}"
        for name, tree in trees().items()
        if not is_accessor(name)
        for literal in literals_of_time(tree)
    }
    listed = {f"{folder}{literal}" for folder, literals in TIMES.items() for literal in literals}
    assert (sorted(found - listed), sorted(listed - found)) == ([], []), (
        "a rule goes to a pack or to the choices; anything else here, with its reason"
    )


@pytest.mark.parametrize(
    ("code", "spelt"),
    [
        ("rules.value(f'visit_days.{kind}', on)", "visit_days.*"),
        ("rules.find('inspection.years', on)", "inspection.years"),
        ("rules.value(key, on)", None),
    ],
)
def test_the_scan_reads_keys_as_code_spells_them(code: str, spelt: str | None) -> None:
    call = ast.parse(code).body[0]
    assert isinstance(call, ast.Expr)
    assert isinstance(call.value, ast.Call)
    assert pattern(call.value.args[0]) == spelt
