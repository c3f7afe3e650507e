"""What comes in over HTTP, before anybody reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import Request
from werkzeug.datastructures import ImmutableMultiDict

NUL = "\0"
NUL_IN_JSON = b"\\u0000"


class Typed(ImmutableMultiDict[str, Any]):
    """What a form or an address says, without the NUL that nobody types and PostgreSQL takes in no text."""

    def __init__(self, items: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__(
            [(name, value.replace(NUL, "") if isinstance(value, str) else value) for name, value in items]
        )


class FormRequest(Request):
    parameter_storage_class = Typed
