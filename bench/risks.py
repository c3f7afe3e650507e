#!/usr/bin/env python3
"""How long the nightly grading of risk takes: the first night, which writes every colour, and a night after it.

    bench/risks.py [--pieces 100000] [--hazards 2000]

Makes cylinders under /tmp once (bench/stock.py), of which one in forty is overdue, with open hazards on some of them; the colours
of an earlier run are taken away first. Prints pieces a second and what a million would take at that pace.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import time
from datetime import timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
if sys.prefix == sys.base_prefix and (ROOT / ".venv/bin/python").exists():
    os.execv(ROOT / ".venv/bin/python", [str(ROOT / ".venv/bin/python"), *sys.argv])
sys.path.insert(0, str(ROOT))

from sqlalchemy import delete, insert, select  # noqa: E402

from bench.stock import prepared  # noqa: E402
from equipment import create_app  # noqa: E402
from equipment.core import clock  # noqa: E402
from equipment.core.config import Settings  # noqa: E402
from equipment.core.ids import new_id  # noqa: E402
from equipment.hazards.models import Hazard  # noqa: E402
from equipment.register.models import Equipment  # noqa: E402
from equipment.risks.grading import grade_all  # noqa: E402
from equipment.risks.models import Risk, RiskChange, UnitRisk  # noqa: E402
from equipment.storage import db  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pieces", type=int, default=100_000)
    parser.add_argument("--hazards", type=int, default=2_000)
    args = parser.parse_args()
    folder = Path(f"/tmp/tracker-risks-{args.pieces}")
    prepared(folder, args.pieces, "")
    with create_app(Settings(instance=str(folder), public_url="https://tz.example.cn")).app_context():
        start_anew(args.hazards)
        for name in ("first night", "second night"):
            began = time.perf_counter()
            counts = grade_all(clock.today())
            took = time.perf_counter() - began
            pace = counts["pieces"] / took
            print(
                f"{name}: {counts['pieces']:,} pieces in {took:.1f} s, {pace:,.0f} a second, "
                f"{counts['changed']:,} written; a million would take {1_000_000 / pace / 60:.1f} minutes"
            )


def start_anew(hazards: int) -> None:
    """No colours and only the hazards of this run, past the ledger: this measures the run alone."""
    today, at, dice = clock.today(), clock.now(), random.Random(7)
    with db.engine.connect() as connection, db.writing_on(connection):
        for model in (Risk, RiskChange, UnitRisk, Hazard):
            connection.execute(delete(model))
        ids = list(connection.scalars(select(Equipment.id)))
        rows = [
            {
                "equipment_id": key,
                "id": new_id(),
                "finding_id": new_id(),
                "area": "620402",
                "category": "cylinder",
                "source": "manual",
                "grade": dice.choices(("general", "serious", "major"), (90, 8, 2))[0],
                "description": "x",
                "found_on": today - timedelta(days=40),
                "confirmed_at": at,
                "confirmed_by": "bench",
                "due_on": today + timedelta(days=dice.randrange(-20, 20)),
                "state": "open",
            }
            for key in dice.sample(ids, min(hazards, len(ids)))
        ]
        connection.execute(insert(Hazard), rows)


if __name__ == "__main__":
    main()
