"""Logging in and out, the start page, one's own password; and for admins, who gets in."""

from app.web.account import own_password, people, tokens, views
from app.web.account.blueprint import pages
from app.web.account.login import load

__all__ = ["load", "own_password", "pages", "people", "tokens", "views"]
