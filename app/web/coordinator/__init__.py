"""Pages for: coordinator."""

from flask import Blueprint

pages = Blueprint("coordinator", __name__)
