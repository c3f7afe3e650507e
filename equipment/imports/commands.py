"""`flask import FILE`: the same import as on the page, from a shell."""

from __future__ import annotations

import os
import subprocess
import sys

import click

from equipment.core.config import ROOT


@click.command("import", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(arguments: tuple[str, ...]) -> None:
    """Import equipment from a CSV or workbook (flask import --help tells how)."""
    # The web process knows this command too and must never load what reads and writes workbooks: a process of
    # its own does.
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", "jobs.import_file", *arguments], check=False, env=surroundings
    )
    raise SystemExit(done.returncode)
