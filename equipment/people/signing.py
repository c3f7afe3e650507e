"""Signing in and out, and the reader's language."""
from __future__ import annotations

from flask import Blueprint

pages = Blueprint("signing", __name__)
