"""Which requests are a sandbox's (沙箱): those that show one of its tokens, or come from a browser in which
one of its people looks around. They work in its database from their first statement to their last; no other
request can reach it, and no statement needs to know of it."""

from __future__ import annotations

from flask import Flask, Response, request
from flask import session as browser

from equipment.core.followers import Provider
from equipment.storage.db import Database, sandbox_here, work_in
from equipment.web.cookies import cookie

DOT = "."  # behind the name of a sandbox, in its tokens and its people's sessions; nobody else's have one
HEADER = "X-Sandbox"
FLOOR_COOKIE = "floor_device"
OF_CITY = ("/sign-in", "/sandbox/enter", "/static/")  # in any browser

# The database of the sandbox of this name, while it is switched on.
sandbox_called: Provider[[str], Database | None] = Provider()


def sandbox_name(secret: str) -> str:
    """The name before the dot of a token, or of what a session knows its person by; "" where there is
    none."""
    name, dot, _ = secret.partition(DOT)
    return name if dot else ""


def init_app(app: Flask) -> None:
    """To be called before any other hook is set: what runs after this one reads where the request belongs."""

    @app.before_request
    def enter() -> None:
        _scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if not secret and not request.path.startswith(OF_CITY):
            secret = str(browser.get("_user_id") or cookie(FLOOR_COOKIE))
        if name := sandbox_name(secret):
            work_in(sandbox_called(name))

    @app.after_request
    def mark(response: Response) -> Response:
        sandbox = sandbox_here()
        if sandbox is not None and request.path.startswith("/api/"):
            response.headers[HEADER] = "1"
        return response

    @app.teardown_appcontext
    def leave(_error: BaseException | None) -> None:
        work_in(None)

    app.context_processor(lambda: {"in_sandbox": sandbox_here() is not None})
