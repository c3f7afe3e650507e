"""`python -m jobs`: the process that keeps time, runs long work and sends reminders."""

from __future__ import annotations

from equipment.core.config import Settings
from equipment.storage import db
from jobs import process

if __name__ == "__main__":
    db.patience_s = 30
    process.run(process.make(Settings.from_environment()))
