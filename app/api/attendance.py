"""/appointments/<id>/attendance: afterwards, whether it took place."""

from flask import Response, g
from sqlalchemy.orm import Session

from app import access, services
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import AppointmentOut, appointment_json
from app.api.appointments import zone_of
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.values import Shape, Text, Truth, Whole
from app.journey import reporting
from app.journey.reporting import Report
from app.models import Reporter


class AttendanceIn(Shape):
    """Who did not come, null if it took place; then whether the mediator came late, and how long it really was.

    What is left out of the latter two stays as it is.
    """

    missed_by = Text(required=True, allow_none=True, metadata={"enum": [*reporting.MISSED_BY, None]})
    came_late = Truth()
    lasted_minutes = Whole(allow_none=True, metadata={"minimum": 1, "maximum": reporting.LONGEST})


@api.post(f"/appointments/{ID}/attendance")
@operation(AppointmentOut, body=AttendanceIn, errors=(404, 409))
@allow(Rule.COORDINATOR)
def report_attendance(id_: int) -> Response:
    """Say whether an appointment took place, and if not, who did not come; it may be corrected later."""
    sent = reading.body(AttendanceIn)
    who = access.principal()

    def said(session: Session) -> dict[str, object]:
        known = reporting.said_of(access.visible_appointment(session, who, id_)) or Report()
        # nobody was late, and nothing lasted, where it did not take place
        before = {} if sent["missed_by"] else {"came_late": known.came_late, "lasted_minutes": known.lasted_minutes}
        report = Report(**{**before, **sent})
        reported = reporting.report(session, g.now, services.links(), id_, who.actor, Reporter.COORDINATION, report)
        session.flush()
        return appointment_json(reported, who, zone_of(session))

    return idempotency.once(said, 200)
