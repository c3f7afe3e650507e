"""Where the jobs process and its children put what they are in the middle of:
one folder a process, gone with it.

Beside the database and not in /tmp, which is often memory. A process that was killed cannot clear up;
the next one does it. Only the sockets by which children are asked for lie in the system's own folder for
temporary files: the path of a socket holds 107 bytes, and an instance may lie deeper.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from multiprocessing.util import get_temp_dir
from pathlib import Path


def open_scratch(instance: Path) -> Path:
    """Make this process's folder the one for all temporary files, of children too,
    and remove what dead processes left."""
    work = instance / "work"
    work.mkdir(exist_ok=True)
    for left in work.iterdir():
        if not (left.name.isdigit() and _lives(int(left.name))):
            shutil.rmtree(left, ignore_errors=True)
    mine = work / str(os.getpid())
    mine.mkdir(exist_ok=True)
    get_temp_dir()  # made once and remembered: the sockets of this process and its children
    os.environ["TMPDIR"] = str(mine)
    tempfile.tempdir = None  # found anew, from TMPDIR
    return mine


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
