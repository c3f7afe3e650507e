"""Where the jobs process works: an instance in a deep folder does not keep it from asking for children."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOST_BYTES = 107  # of the path of a socket
WORK = """
import sys, tempfile
from pathlib import Path
from equipment.tasks.children import run_in_child
from jobs.scratch import open_scratch

scratch = open_scratch(Path(sys.argv[1]))
print(tempfile.gettempdir() == str(scratch), run_in_child(sum, [[1, 2]]))
"""


def test_a_deep_instance_still_draws_in_children(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a-folder-of-a-careful-administrator"] * 4)
    deep.mkdir(parents=True)
    assert len(os.fsencode(deep)) > MOST_BYTES
    answer = subprocess.run(
        [sys.executable, "-c", WORK, str(deep)], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (answer.stdout.strip(), answer.returncode) == ("True 3", 0), answer.stderr
