"""The blueprint of /api/v1, and the way an id is written in its addresses."""

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")
ID = "<row:id_>"
