"""What one piece of work passes on its way: the project's own functions and files, in order, by Python's profiler hook."""
from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SOURCE = f"{ROOT / 'equipment'}/"


class Walk:
    """The calls of one thread; a lambda or generator counts as a function of its own."""

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
        if event == "call" and frame.f_code.co_filename.startswith(SOURCE):
            self.calls[frame.f_code] += 1

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
        steps = [f"{count:>5}  {name}" for name, count in zip(self.functions, self.calls.values(), strict=True)]
        total = f"{len(self.calls)} functions in {len(self.files)} files, {self.calls.total()} calls"
        return "\n".join([*steps, total])
