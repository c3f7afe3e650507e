"""How often one address may post to a page; counted in the memory of each web process."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

F = TypeVar("F", bound=Callable[..., Any])

limiter = Limiter(get_remote_address, storage_uri="memory://", strategy="moving-window")


def limited(rate: Callable[[], str] | str, *methods: str) -> Callable[[F], F]:
    """Answer 429 to an address that sends more than `rate` of these methods (POST when none is named)."""
    mark: Callable[[F], F] = limiter.limit(rate, methods=list(methods) or ["POST"])
    return mark


def init_app(app: Flask) -> None:
    """Count in the limited views themselves: there is no limit for the whole application to look for before every request."""
    limiter.init_app(app)
    app.before_request_funcs[None].remove(limiter._check_request_limit)
