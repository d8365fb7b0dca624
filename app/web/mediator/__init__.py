"""Pages for: mediator."""

from flask import Blueprint

pages = Blueprint("mediator", __name__)
