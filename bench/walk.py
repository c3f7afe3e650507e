"""What one piece of work passes on its way: the project's own functions and files, in order, by Python's
profiler hook."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
INLINE = {"<listcomp>", "<setcomp>", "<dictcomp>", "<genexpr>"}
SOURCE = f"{ROOT / 'equipment'}/"


class Walk:
    """The calls of one thread. A comprehension or generator expression is a line of the function it stands
    in, as it is for Python from 3.12 on, and no function of its own; a lambda is one."""

    def __init__(self) -> None:
        self.calls: Counter[CodeType] = Counter()  # in the order in which each was first passed

    def of(self, work: Callable[[], object]) -> Walk:
        """Run the work and note every function of ours that it enters."""
        sys.setprofile(self._note)
        try:
            work()
        finally:
            sys.setprofile(None)
        return self

    def _note(self, frame: FrameType, event: str, _argument: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(SOURCE) and code.co_name not in INLINE:
            self.calls[code] += 1

    @property
    def functions(self) -> list[str]:
        return [f"{self.file(code)}:{code.co_firstlineno} {code.co_qualname}" for code in self.calls]

    @property
    def files(self) -> list[str]:
        return list(dict.fromkeys(self.file(code) for code in self.calls))

    @staticmethod
    def file(code: CodeType) -> str:
        return code.co_filename.removeprefix(SOURCE)

    def __str__(self) -> str:
        steps = [
            f"{count:>5}  {name}" for name, count in zip(self.functions, self.calls.values(), strict=True)
        ]
        total = f"{len(self.calls)} functions in {len(self.files)} files, {self.calls.total()} calls"
        return "\n".join([*steps, total])
