"""`flask reschedule`: plan everything anew now; `--dry-run` says beforehand what a value of a rule would
move, and what is announced."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from equipment.core import clock
from equipment.core.errors import Invalid
from equipment.core.fields import Fields
from equipment.dues.actions import plan_all
from equipment.regulation.categories import CATEGORIES
from equipment.regulation.models import RuleOverride
from equipment.regulation.packs import Applies
from equipment.regulation.queries import as_override, rules
from equipment.rules.preview import tell
from equipment.rules.proposals import Proposal
from equipment.rules.rules import own_value
from equipment.storage.db import session
from equipment.tasks.makers import Progress
from equipment.web.language import LOCALES, translate


@click.command("reschedule")
@click.option("--dry-run", is_flag=True, help="Say what would move and change nothing.")
@click.option(
    "--category",
    type=click.Choice([category.key for category in CATEGORIES]),
    help="Of which rule pack the value is.",
)
@click.option("--key", default="", help="The key of the value, as the page Rules shows it.")
@click.option("--value", default="", help="The value to be tried, as one would type it on the page.")
@click.option(
    "--since", type=click.DateTime(["%Y-%m-%d"]), help="The day it comes into force; today without one."
)
@click.option("--applies", type=click.Choice([str(way) for way in Applies]), default=str(Applies.AT_ONCE))
@click.option("--file", "target", type=click.Path(dir_okay=False, path_type=Path), help="Every move as CSV.")
@click.option("--locale", type=click.Choice(list(LOCALES)), default="zh_Hans_CN")
@with_appcontext
def reschedule(
    dry_run: bool,
    category: str | None,
    key: str,
    value: str,
    since: datetime | None,
    applies: str,
    target: Path | None,
    locale: str,
) -> None:
    """Plan everything anew under the rules of today, in chunks that no scan waits for."""
    if not dry_run:
        if key:
            raise click.UsageError(
                "A value is set on the page Rules; here it can only be tried, with --dry-run."
            )
        counts = plan_all(clock.today())
        click.echo(
            f"{counts['pieces']:,} pieces planned, {counts['changed']:,} changed, "
            f"{counts['unplannable']:,} cannot be planned"
        )
        return
    proposals = [_tried(category, key, value, since, applies)] if key else announced()
    if not proposals:
        click.echo("No value is announced; name one with --category, --key and --value.")
    for proposal in proposals:
        with tempfile.TemporaryDirectory(prefix="rule-") as folder:
            path = Path(folder) / "moves.csv"
            impact = tell(proposal, path, lambda text: translate(text, locale), Progress()).summary()
            if target is not None:
                target.write_bytes(path.read_bytes())
        click.echo(
            f"{proposal.category} {proposal.key} = {proposal.value} from "
            f"{proposal.since} ({proposal.applies}): "
            f"{impact['moved']:,} of {impact['pieces']:,} pieces move, "
            f"{impact['following']:,} after their next inspection, "
            f"{impact['blocked']:,} cannot be filled after the day unless inspected, "
            f"{impact['unplannable']:,} cannot be planned"
        )
        for party in Fields(impact).tables("parties"):
            kind = "firm" if party["firm"] else "unit"
            click.echo(
                f"  {party['name']} ({kind}): {party['moved']:,} pieces, "
                f"{party['blocked']:,} not to be filled"
            )


def _tried(category: str | None, key: str, value: str, since: datetime | None, applies: str) -> Proposal:
    history = rules(category).history(key) if category else ()
    if not category or not history:
        raise click.UsageError("There is no such value: give --category and the --key of one.")
    present = rules(category).find(key, clock.today()) or history[-1]
    try:
        tried = own_value(present.value, value)
    except Invalid as fault:
        raise click.UsageError("; ".join(str(text) for text in fault.fields.values())) from fault
    day: date = since.date() if since else clock.today()
    return Proposal(category=category, key=key, since=day, value=tried, applies=Applies(applies))


def announced() -> list[Proposal]:
    """The bureau's values whose day has not come, the newest row of each key and day."""
    announcements = select(RuleOverride).where(
        RuleOverride.since > clock.today(), RuleOverride.value.is_not(None)
    )
    rows = [
        (row.category, as_override(row))
        for row in session.scalars(announcements.order_by(RuleOverride.confirmed_at, RuleOverride.id))
    ]
    newest = {(category, own.key, own.since): own for category, own in rows}
    return [
        Proposal(category=category, key=key, since=since, value=own.value, applies=own.applies)
        for (category, key, since), own in newest.items()
        if own.value is not None
    ]
