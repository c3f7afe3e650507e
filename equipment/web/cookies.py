"""Our cookies. Over HTTPS they are called `__Host-...`: a browser then takes them from this host alone, over
HTTPS alone, and no neighbour under the same domain, nor anybody on a plain line, can plant one. By the plain
address in the house the same cookie has its plain name."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import current_app, request
from werkzeug.wrappers import Response

PREFIX = "__Host-"
SESSION = "session"


def is_https() -> bool:
    """Whether the browser came over HTTPS: to us, to a proxy that we trust, or to the PUBLIC_URL, whose proxy
    may say nothing about it."""
    public = urlsplit(current_app.config["SETTINGS"].public_url)
    return request.is_secure or (public.scheme == "https" and public.netloc == request.host)


def cookie_name(plain: str) -> str:
    """What a cookie is called on the line of this request."""
    return f"{PREFIX}{plain}" if is_https() else plain


def cookie(plain: str) -> str:
    """What the browser sent under this name; "" when it sent none."""
    return request.cookies.get(cookie_name(plain), "")


def set_cookie(answer: Response, plain: str, value: str, *, seconds: int, samesite: str = "Lax") -> None:
    """Give the browser a cookie that no script reads."""
    answer.set_cookie(
        cookie_name(plain), value, max_age=seconds, samesite=samesite, httponly=True, secure=is_https()
    )
