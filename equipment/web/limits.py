"""How often one address may post to a page; counted for all web workers together (limit_store.py), by the
library `limits`.

A store that fails must not keep anybody from signing in, and must not open the door to guessing either: the
worker then counts in its own memory, says so in the log, and tries the store again half a minute later.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial, wraps
from typing import Any, TypeVar, cast

import structlog
from flask import Flask, Response, after_this_request, current_app, request
from limits import RateLimitItem, WindowStats, parse_many
from limits.errors import StorageError
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from werkzeug.exceptions import TooManyRequests

from equipment.core.config import Settings
from equipment.web.limit_store import SharedStorage

F = TypeVar("F", bound=Callable[..., Any])
T = TypeVar("T")
AGAIN_S = 30
EXTENSION = "limits"

parsed = lru_cache(maxsize=64)(parse_many)


class Limits:
    """The counts of one application: in the shared store, for half a minute after a fault of it in this
    process's memory."""

    def __init__(self, store: SharedStorage) -> None:
        self.store = store
        self.shared = MovingWindowRateLimiter(store)
        self.own = MovingWindowRateLimiter(MemoryStorage())
        self.own_until = 0.0

    def ask(self, count: Callable[[MovingWindowRateLimiter], T]) -> T:
        """The answer of `count` from the shared store, or from memory while that does not work."""
        if time.monotonic() >= self.own_until:
            try:
                return count(self.shared)
            except StorageError as error:
                self.own_until = time.monotonic() + AGAIN_S
                log = structlog.get_logger()
                log.error("rate limits are counted per process", fault=str(error.__cause__))
        return count(self.own)


def _limits() -> Limits:
    app_limits: Limits = current_app.extensions[EXTENSION]
    return app_limits


def hit(rate: RateLimitItem, *key: str) -> bool:
    """Count one more under this key; False, and nothing counted, when that is over the rate."""
    return _limits().ask(lambda counts: counts.hit(rate, *key))


def count(rate: RateLimitItem, *key: str) -> None:
    """Count one more under this key; 429 when that is over the rate."""
    if not hit(rate, *key):
        raise TooManyRequests(retry_after=wait_s(rate, *key))


def wait_s(rate: RateLimitItem, *key: str) -> int:
    """After how many seconds one more under this key is free again."""
    ends_at = _limits().ask(lambda counts: counts.get_window_stats(rate, *key).reset_time)
    return max(1, math.ceil(ends_at - time.time()))


def is_free(rate: RateLimitItem, *key: str) -> bool:
    """Whether one more may be counted under this key; nothing is counted yet."""
    return _limits().ask(lambda counts: counts.test(rate, *key))


def remote_address() -> str:
    """Whose posts are counted together; a proxy in front is taken into account by TRUSTED_PROXIES."""
    return request.remote_addr or "127.0.0.1"


def _window(rate: RateLimitItem, key: tuple[str, ...], counts: MovingWindowRateLimiter) -> WindowStats:
    return counts.get_window_stats(rate, *key)


def say_limits(rates: Sequence[RateLimitItem], key: tuple[str, ...], response: Response) -> Response:
    """How often, how many are left, and in how many seconds the first is free again, as
    draft-ietf-httpapi-ratelimit-headers writes it."""
    now, policies, left = time.time(), [], []
    for rate in rates:
        window = rate.get_expiry()
        stats = _limits().ask(partial(_window, rate, key))
        wait = min(window, max(0, math.ceil(stats.reset_time - now)))
        policies.append(f'"{window}s";q={rate.amount};w={window}')
        left.append(f'"{window}s";r={stats.remaining};t={wait}')
    response.headers["RateLimit-Policy"], response.headers["RateLimit"] = ", ".join(policies), ", ".join(left)
    return response


def limited(rate: Callable[[], str] | str, *methods: str) -> Callable[[F], F]:
    """Answer 429 to an address that sends more than `rate` of these methods (POST when none is named) to this
    view."""
    counted = frozenset(methods or ("POST",))

    def mark(view: F) -> F:
        @wraps(view)
        def limited_view(*args: Any, **kwargs: Any) -> Any:
            if request.method in counted:
                key = remote_address(), request.endpoint or ""
                parts = sorted(parsed(rate() if callable(rate) else rate))
                if request.path.startswith("/api/"):
                    after_this_request(partial(say_limits, parts, key))
                for part in parts:
                    count(part, *key)
            return view(*args, **kwargs)

        limited_view.rate = rate  # type: ignore[attr-defined]
        return cast(F, limited_view)

    return mark


def init_app(app: Flask, settings: Settings) -> None:
    url = settings.url if settings.url.startswith("postgresql") else ""
    store = SharedStorage(wrap_exceptions=True, url=url, folder=str(settings.folder))
    app.extensions[EXTENSION] = Limits(store)
