"""The blueprint of /api/v1, and the way an id is written in its addresses."""

from flask import Blueprint

from app import ids

api = Blueprint("api", __name__, url_prefix="/api/v1")
ID = f"<int(max={ids.LARGEST}):id_>"
