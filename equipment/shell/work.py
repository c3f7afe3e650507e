"""What operations leave to the jobs process: the nightly seal of the ledger and its check, orphans,
tidying up."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial

from sqlalchemy import and_, delete, or_

from equipment.core import clock
from equipment.core.words import Message
from equipment.files.checking import check_contents
from equipment.ledger import seals
from equipment.ledger.stamps import authority_of, stamp_seals
from equipment.ledger.verify import verify
from equipment.people.models import SignIn
from equipment.reminders import actions as reminders
from equipment.shell.orphans import orphans, unused_files
from equipment.shell.tables import models
from equipment.storage import db
from equipment.storage.db import transaction
from equipment.tasks.makers import JobsProcess, Work
from equipment.tasks.models import JobRun

KEEP_FOR = timedelta(days=400)
LEAST_SIGN_INS = timedelta(days=180)  # network logs: six months at the least (网络安全法)
KEPT_FREQUENT = timedelta(days=14)


def tidy(_on: date) -> dict[str, int]:
    """Old runs and files that no row names."""
    with transaction() as current:
        now = clock.now()
        frequent = and_(JobRun.period.contains("T"), JobRun.started_at < now - KEPT_FREQUENT)
        old = delete(JobRun).where(or_(JobRun.started_at < now - KEEP_FOR, frequent))
        gone: int = current.execute(old).rowcount  # type: ignore[attr-defined]
    return {"runs": gone, "files": unused_files()}


def tidy_sign_ins(kept_for: timedelta) -> int:
    """Sign-ins and refusals that need not be on file any more."""
    with transaction() as current:
        old = delete(SignIn).where(SignIn.at < clock.now() - kept_for)
        gone: int = current.execute(old).rowcount  # type: ignore[attr-defined]
    return gone


def work(process: JobsProcess) -> Work:
    folder = process.settings.folder

    def seal(on: date) -> dict[str, object]:
        sealed = seals.seal(folder, on)
        return {"number": sealed.number, "chains": sealed.count, "root": sealed.root}

    def stamp(_on: date) -> dict[str, object]:
        authority = authority_of(process.settings)
        return {"stamped": stamp_seals(folder, authority) if authority and authority.url else 0}

    def verified(on: date) -> dict[str, object]:
        authority = authority_of(process.settings)
        report = verify(
            db.engine,
            folder,
            models().values(),
            stamped_at=authority.time_of if authority else None,
            contents=partial(check_contents, night=on),
            renewing=True,
        )
        if report.first is not None:
            text = Message(reminders.BROKEN, {"where": report.first.where})
            reminders.raise_alarm(f"ledger:{on.isoformat()}", text, "/ledger")
        return report.as_json()

    def tidied(on: date) -> dict[str, int]:
        kept_for = max(LEAST_SIGN_INS, timedelta(days=int(process.settings.sign_in_days)))
        return tidy(on) | {"sign_ins": tidy_sign_ins(kept_for)}

    return Work(
        timed={
            "seal": seal,
            "stamp": stamp,
            "verify": verified,
            "orphans": lambda _on: orphans(),
            "tidy": tidied,
        }
    )
