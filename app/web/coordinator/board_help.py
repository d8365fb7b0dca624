"""What would help an appointment of the board: fetched line by line as they come into view, for it takes a moment.

Ten milliseconds a line, measured with 75 people: ten of them would keep the board waiting for longer than all the rest.
"""

from flask import g, render_template, request

from app import access
from app.access import Rule, allow, unattended
from app.insight import explanations
from app.models import SEEKING
from app.web.coordinator.blueprint import own_when, pages, version_of
from app.web.coordinator.remedy_words import what_helps


@pages.get("/board/<row:appointment_id>/help")
@unattended
@allow(Rule.COORDINATOR)
def board_help(appointment_id: int) -> str | tuple[str, int]:
    """The first of what the candidates' page advises, in its words; 204 while the line says what it has `seen`."""
    rows = access.session()
    found = access.visible_appointment(rows, access.principal(), appointment_id)
    first = None
    if found.status in SEEKING and found.starts_at > g.now:
        circle = explanations.circle_around(rows, g.now, found)
        people = explanations.candidates(rows, g.now, found, circle)
        first = next(iter(what_helps(g.now, found, own_when(rows), circle, people).all), None)
    version = version_of(repr(first))
    if request.args.get("seen") == version:
        return "", 204
    # what the line was told to be called by, so that the board knows it again
    mark = request.args.get("mark", "")[:16]
    return render_template("coordinator/_help.html", id=appointment_id, mark=mark, first=first, version=version)
