"""Cross-cutting HTTP for pages: who asks, what he may do, locale, headers, error pages.

A page is closed until it says otherwise: every view carries `@allows(action, thing)`,
`@signed_in` or `@public` (tests/test_routes.py walks them all with strangers).
Lists are in pages.py, jinja's vocabulary in jinja.py.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, TypeVar

import structlog
from flask import Flask, Response, current_app, g, redirect, render_template, request, url_for
from flask import session as browser
from flask.sessions import SecureCookieSessionInterface
from flask_babel import gettext
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from itsdangerous import BadSignature
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import NotFound as NoPage
from werkzeug.wrappers import Response as BaseResponse

from equipment.core import clock
from equipment.core.config import Settings
from equipment.core.errors import Busy, Conflict, Invalid, NotAllowed, NotFound, Refused
from equipment.core.words import N_
from equipment.people import second_factor
from equipment.people.credentials import SEEN_EVERY
from equipment.people.interrupted import keep_form
from equipment.people.models import SignIn
from equipment.people.queries import device_of_token, viewer_of
from equipment.people.rules import PUBLIC, Action, DeviceKind, Thing, Viewer, may
from equipment.storage.db import session, transaction
from equipment.storage.disk import is_disk_full
from equipment.web.cookies import SESSION, cookie, is_https, set_cookie
from equipment.web.incoming import NUL, FormRequest
from equipment.web.language import translate

F = TypeVar("F", bound=Callable[..., Any])
Answer = Response | BaseResponse | str | tuple[str, int]

BEFORE_SECOND = frozenset({"second.page", "signing.change_password"})  # what one may do without it
FLOOR_COOKIE = "floor_device"
FLOOR_S = 365 * 86400
SIGNED_ANEW_S = 60

CONTENT_SECURITY = (
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: "
    "blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; "
    "form-action 'self'; object-src 'none'"
)

STATUS_TEXTS: dict[int, tuple[str, str]] = {
    400: (N_("This request cannot be read"), N_("Go back, check what you entered and try again.")),
    401: (N_("Please sign in"), N_("Your session has ended. Sign in again; what you typed is kept.")),
    403: (N_("Not allowed"), N_("Your role does not allow this. Ask your manager if you need it.")),
    404: (N_("Not found"), N_("There is nothing here, or it is not yours to see.")),
    405: (N_("Not possible here"), N_("Use the buttons of the page.")),
    409: (N_("Changed in the meantime"), N_("Somebody else was faster. Reload and look again.")),
    413: (N_("Too large"), N_("The file is larger than allowed. Take a smaller photo or split the file.")),
    422: (N_("Cannot be accepted"), N_("Something in it cannot be accepted.")),
    429: (N_("Too many requests"), N_("Wait a minute, then try again.")),
    500: (
        N_("Something went wrong on our side"),
        N_("Nothing was saved. Try again; if it stays, report the number below."),
    ),
    503: (N_("Temporarily unavailable"), N_("The database cannot be reached. Try again in a minute.")),
    507: (N_("The disk is full"), N_("Nothing was saved. Tell the administrator that the disk is full.")),
}


def allows(action: Action, thing: Thing) -> Callable[[F], F]:
    """Open a view to the viewers whose roles may do `action` on `thing`."""

    def mark(view: F) -> F:
        view.access = (action, thing)  # type: ignore[attr-defined]
        return view

    return mark


def signed_in(view: F) -> F:
    """Open a view to everybody who has signed in (or an enrolled floor device)."""
    view.access = "signed_in"  # type: ignore[attr-defined]
    return view


def public(view: F) -> F:
    """Open a view to strangers."""
    view.access = "public"  # type: ignore[attr-defined]
    return view


def access_of(view: object) -> object:
    """What a view is opened to: (action, thing), "signed_in", "public", "token" or None for closed."""
    return getattr(view, "access", None)


def viewer() -> Viewer:
    """Whose eyes this request reads with."""
    asking: Viewer | None = g.get("viewer")
    return asking or PUBLIC


def settings() -> Settings:
    """The settings of this process."""
    app_settings: Settings = current_app.config["SETTINGS"]
    return app_settings


def find_viewer() -> Viewer:
    """The session's person, else the enrolled floor device of this browser, else PUBLIC."""
    if request.endpoint == "static":
        return PUBLIC
    if current_user.is_authenticated:
        stay_signed_in()
        return viewer_of(current_user)
    token = cookie(FLOOR_COOKIE) or request.cookies.get(FLOOR_COOKIE)
    floor = device_of_token(token) if token else None
    if floor is None or floor[1].kind != DeviceKind.FLOOR:
        return PUBLIC
    g.device = floor[1]
    return floor[0]


def stay_signed_in() -> None:
    """Sign the session anew once a minute: its signature's age is how long this desk stood idle; and write
    down every few minutes that it is in use.

    The cookie itself has no end of its own, so that a session that ran out can still be told from a stranger.
    """
    now = clock.now()
    if now.timestamp() - browser.get("at", 0) > SIGNED_ANEW_S:
        browser["at"] = int(now.timestamp())
    seen: SignIn = g.sign_in
    if seen.seen_at is None or now - seen.seen_at > SEEN_EVERY:
        try:
            with transaction():
                session.merge(seen).seen_at = now
        except OperationalError as error:  # a page that is only read must not fail for this
            structlog.get_logger().warning("sign-in not marked as seen", error=str(error.orig))


def wants_fragment() -> bool:
    """An htmx request that replaces part of a page."""
    return request.headers.get("HX-Request") == "true" and request.headers.get("HX-Boosted") != "true"


def guard() -> BaseResponse | None:
    """Deny by default: runs before every view."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    access = access_of(current_app.view_functions[request.endpoint])
    if access in ("public", "token"):
        return None
    if viewer() is PUBLIC:
        return unauthenticated()
    first = current_user.is_authenticated and current_user.must_change
    if first and request.endpoint != "signing.change_password":
        return sent_to(url_for("signing.change_password"))
    if (
        current_user.is_authenticated
        and request.endpoint not in BEFORE_SECOND
        and second_factor.must_set_up(current_user, settings())
    ):
        return sent_to(url_for("second.page"))
    if access == "signed_in":
        return None
    if not isinstance(access, tuple) or not may(viewer(), *access):
        raise NotAllowed
    return None


def unauthenticated() -> BaseResponse:
    """401 for htmx and fetch (the page opens a sign-in dialog and repeats the request),
    else off to the sign-in page."""
    if request.headers.get("HX-Request") or request.accept_mimetypes.best == "application/json":
        return Response(gettext("Please sign in"), 401)
    if request.method == "POST":
        return redirect(url_for("signing.sign_in", kept=keep_typed() or None))
    return redirect(url_for("signing.sign_in", next=request.full_path.rstrip("?")))


def keep_typed() -> str:
    """Keep what was typed on a form whose session has run out, for the person whose session it was;
    strangers' forms are not kept."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    serializer = SecureCookieSessionInterface().get_signing_serializer(app)
    try:
        ended = serializer.loads(cookie(SESSION)) if serializer else {}
    except BadSignature:
        return ""
    uniquifier = ended.get("_user_id")
    with transaction():
        return (
            keep_form(uniquifier, request.full_path.rstrip("?"), list(request.form.items(multi=True)))
            if uniquifier
            else ""
        )


def sent_to(url: str) -> BaseResponse:
    """A redirect that htmx follows with the whole page."""
    return Response("", 204, {"HX-Redirect": url}) if wants_fragment() else redirect(url)


def problem_page(status: int, detail: str = "") -> tuple[str, int]:
    title, hint = STATUS_TEXTS.get(status, STATUS_TEXTS[400] if status < 500 else STATUS_TEXTS[500])
    page = render_template(
        "errors/error.html",
        code=status,
        title=translate(title),
        text=detail or translate(hint),
        request_id=g.get("request_id"),
    )
    return page, status


def init_app(app: Flask) -> None:
    """Hook all of the above into the application."""
    app.request_class = FormRequest

    @app.before_request
    def begin() -> BaseResponse | None:
        # no secret: a system call for it would hand the interpreter's lock to the next thread
        g.request_id = request.headers.get("X-Request-Id", "")[:64] or f"{random.getrandbits(64):016x}"
        structlog.contextvars.bind_contextvars(request=g.request_id)
        if NUL in request.path:
            raise NoPage
        if not request.path.startswith("/api/"):
            g.viewer = find_viewer()
        return guard()

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers["X-Request-Id"] = g.get("request_id", "")
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        if is_https():
            response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
            _rename_floor_cookie(response)
        if request.path.startswith("/api/"):
            response.headers.setdefault("Cache-Control", "no-store")
        if response.mimetype == "text/html":
            response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY)
            response.headers.setdefault("Referrer-Policy", "same-origin")
            response.headers.setdefault("Permissions-Policy", "camera=(self), geolocation=(self)")
            if viewer() is not PUBLIC:
                response.headers.setdefault("Cache-Control", "private, no-store")
        return response

    @app.teardown_appcontext
    def end(_error: BaseException | None) -> None:
        session.remove()
        structlog.contextvars.clear_contextvars()

    _error_pages(app)


def _rename_floor_cookie(response: Response) -> None:
    """A shared device that was enrolled before cookies had their prefix goes on under the new name."""
    plain = request.cookies.get(FLOOR_COOKIE)
    if plain and g.get("device") and not cookie(FLOOR_COOKIE):
        set_cookie(response, FLOOR_COOKIE, plain, seconds=FLOOR_S, samesite="Strict")
        response.delete_cookie(FLOOR_COOKIE)


def _error_pages(app: Flask) -> None:
    """One handler per kind of error; the API has its own for its addresses
    (api.py), also for those that no route has."""
    app.register_error_handler(NotFound, lambda _error: problem_page(404))
    app.register_error_handler(
        Busy, lambda _error: problem_page(503, gettext("Too much is going on at the moment. Send it again."))
    )
    app.register_error_handler(NotAllowed, not_allowed)
    app.register_error_handler(Conflict, lambda error: problem_page(409, field_texts(error)))
    app.register_error_handler(Invalid, lambda error: problem_page(422, field_texts(error)))
    app.register_error_handler(
        Refused, lambda error: problem_page(422, "; ".join(reason.code for reason in error.verdict.refusals))
    )
    app.register_error_handler(
        CSRFError,
        lambda _error: problem_page(
            400, gettext("The page was open too long. Go back, reload and send again.")
        ),
    )
    app.register_error_handler(OperationalError, database_problem)
    app.register_error_handler(OSError, disk_problem)


def not_allowed(error: NotAllowed) -> tuple[str, int]:
    structlog.get_logger().info("not allowed", who=viewer().actor, method=request.method, path=request.path)
    return problem_page(403, translate(error.message))


def field_texts(error: Invalid) -> str:
    return " ".join(translate(message) for message in error.fields.values())


def database_problem(error: OperationalError) -> tuple[str, int]:
    structlog.get_logger().error("database", error=str(error.orig))
    return problem_page(507 if is_disk_full(error) else 503)


def disk_problem(error: OSError) -> tuple[str, int]:
    """A full disk in plain words; any other fault of the system stays a fault."""
    if not is_disk_full(error):
        raise error
    structlog.get_logger().error("disk", error=str(error))
    return problem_page(507)
