"""What rules leave to the jobs process: what a value would move, impact before it is set; and what follows
once it is."""

from __future__ import annotations

import tempfile
from pathlib import Path

from equipment.core import clock
from equipment.dues.actions import plan_all
from equipment.rules import hooks
from equipment.rules.preview import FOLLOW, PREVIEW, announce, tell
from equipment.rules.proposals import Proposal
from equipment.tasks.makers import JobsProcess, Progress, TaskOutcome, Work
from equipment.tasks.models import Task
from equipment.tasks.sheets import CSV_TYPE
from equipment.web.language import translate


def preview(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `rules.preview`."""
    proposal = Proposal.from_json(task.stated.table("proposal"))
    if (effect := hooks.effect_beside(proposal, progress)) is not None:
        return TaskOutcome(summary=effect, link=f"/rules/preview/{task.id}")
    with tempfile.NamedTemporaryFile(prefix="rule-", suffix=".csv", delete=False) as moves_file:
        path = Path(moves_file.name)
    impact = tell(proposal, path, lambda text: translate(text, task.locale), progress)
    return TaskOutcome(
        content=path,
        name=f"{proposal.key}-{proposal.since}.csv",
        media_type=CSV_TYPE,
        summary=impact.summary(),
        link=f"/rules/preview/{task.id}",
    )


def follow(task: Task, progress: Progress) -> TaskOutcome:
    """The maker `rules.follow`: a value in force moves what is due now; one with a day ahead is announced to
    those concerned."""
    proposal = Proposal.from_json(task.stated.table("proposal"))
    if (outcome := hooks.follow_beside(proposal, progress)) is not None:
        return TaskOutcome(summary=outcome, link=f"/rules/{proposal.category}/{proposal.key}")
    if proposal.since <= clock.today():
        return TaskOutcome(summary=plan_all(clock.today()), link=f"/rules/{proposal.category}/{proposal.key}")
    return TaskOutcome(
        summary={"announced": announce(proposal, progress)}, link=f"/rules/{proposal.category}/{proposal.key}"
    )


def work(_process: JobsProcess) -> Work:
    return Work(makers={PREVIEW: preview, FOLLOW: follow})
