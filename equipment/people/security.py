"""What guards the door is Flask-Security's: hashing, sessions, sign-out everywhere on a new password.

Its own pages stay off: sign-in is by mobile number, with a lockout and a forced first change, in signing.py.
"""

from __future__ import annotations

from datetime import timedelta

from flask import Flask, Request, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_security import Security, SQLAlchemySessionUserDatastore

from equipment.core.config import Settings, key_file
from equipment.people.models import User, UserRole
from equipment.storage.db import session


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

    def get_cookie_secure(self, app: Flask) -> bool:
        return request.is_secure


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
    security.principal.identity_loaders.clear()  # its identities are not ours: rules.may decides
    app.session_interface = PageSession()
