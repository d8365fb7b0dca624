"""The blueprint of /api/v1, and the way an id is written in its addresses."""

from flask import Blueprint

api = Blueprint("api", __name__, url_prefix="/api/v1")
# no database keeps larger ones, so such an address is simply unknown
ID = "<int(max=2147483647):id_>"
