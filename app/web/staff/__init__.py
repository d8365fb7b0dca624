"""Pages for: staff."""

from flask import Blueprint

pages = Blueprint("staff", __name__)
