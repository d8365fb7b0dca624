"""Logging in and out, and the start page."""

from app.web.account.login import load
from app.web.account.views import pages

__all__ = ["load", "pages"]
