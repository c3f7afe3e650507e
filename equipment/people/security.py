"""What guards the door is Flask-Security's: hashing, sessions, sign-out everywhere on a new password.

Its own pages stay off: sign-in is by mobile number, with a lockout and a forced first change, in signing.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

from flask import Flask, Request, g, request
from flask import session as browser
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_security import Security, SQLAlchemySessionUserDatastore
from sqlalchemy import select

from equipment.core import clock
from equipment.core.config import Settings, key_file
from equipment.core.ids import id_in
from equipment.people import second_factor
from equipment.people.credentials import SEEN_EVERY, Attempt
from equipment.people.models import SignIn, User, UserRole
from equipment.people.queries import token_digest
from equipment.people.rules import SignInMeans, SignInOutcome
from equipment.storage.db import session
from equipment.web.cookies import SESSION, cookie, cookie_name, is_https

BROWSER_COOKIE = "browser"  # tells a browser its person used before from a stranger's; no session


class PageSession(SecureCookieSessionInterface):
    """A session belongs to a browser's pages; the API knows its callers by token
    and spends nothing on cookies.

    What came over HTTPS never goes over plain HTTP; whoever opens the same tracker by its plain address in
    the house can sign in there too.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return (
            self.make_null_session(app)
            if request.path.startswith("/api/")
            else super().open_session(app, request)
        )

    def get_cookie_name(self, app: Flask) -> str:
        return cookie_name(SESSION)

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_https()


def attempt_here(means: SignInMeans, device_id: UUID | None = None) -> Attempt:
    """An attempt to prove who one is, as this request makes it."""
    token = cookie(BROWSER_COOKIE)
    return Attempt(
        means,
        request.remote_addr or "",
        agent=request.headers.get("User-Agent", ""),
        browser=token_digest(token) if token else "",
        device_id=device_id,
    )


def person_of_session(settings: Settings) -> Callable[[str], User | None]:
    """Who a session belongs to: nobody once it was signed out, stood idle or is too old. One query."""
    idle = timedelta(minutes=int(settings.desk_session_minutes)) + SEEN_EVERY
    whole = timedelta(hours=int(settings.session_hours))

    def load(uniquifier: str) -> User | None:
        now, key = clock.now(), id_in(str(browser.get("sign_in", "")))
        row = session.execute(
            select(User, SignIn)
            .join(SignIn, SignIn.user_id == User.id)
            .where(
                User.fs_uniquifier == uniquifier,
                User.active,
                SignIn.id == key,
                SignIn.outcome == SignInOutcome.DONE,
                SignIn.ended_at.is_(None),
                SignIn.at > now - whole,
                SignIn.seen_at > now - idle,
            )
        ).first()
        if row is None:
            return None
        g.sign_in = row[1]
        return row[0]

    return load


def init_app(app: Flask, settings: Settings) -> None:
    keys = key_file(settings.folder, "session")
    app.config.update(
        SECRET_KEY=keys[-1],
        SECRET_KEY_FALLBACKS=keys[:-1],
        SECURITY_PASSWORD_SALT=key_file(settings.folder, "password-salt")[-1],
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  (the name of a hash)
        SECURITY_USER_IDENTITY_ATTRIBUTES=[{"mobile": {"mapper": str}}],
        SECURITY_JOIN_USER_ROLES=False,
        SECURITY_TRACKABLE=False,
        SECURITY_REGISTERABLE=False,
        SECURITY_RECOVERABLE=False,
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=int(settings.desk_session_minutes)),
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_REFRESH_EACH_REQUEST=True,
    )
    security = Security(
        app, SQLAlchemySessionUserDatastore(session, User, UserRole), register_blueprint=False
    )
    # Nobody signs in by a token in the request: devices have tokens of their own (web/api.py).
    # Flask-Security's own way
    # would also read and parse every JSON body before its route does.
    security.login_manager.request_loader(None)
    security.login_manager.user_loader(person_of_session(settings))
    security.principal.identity_loaders.clear()  # its identities are not ours: rules.may decides
    app.session_interface = PageSession()
    second_factor.init_app(app, settings)
