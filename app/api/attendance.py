"""/appointments/<id>/attendance: afterwards, whether it took place."""

from flask import Response, g
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import AppointmentOut, appointment_json
from app.api.appointments import zone_of
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.values import Shape, Text
from app.journey import closing


class AttendanceIn(Shape):
    """Who did not come; null if it took place."""

    missed_by = Text(required=True, allow_none=True, metadata={"enum": [*closing.MISSED_BY, None]})


@api.post(f"/appointments/{ID}/attendance")
@operation(AppointmentOut, body=AttendanceIn, errors=(404, 409))
@allow(Rule.COORDINATOR)
def report_attendance(id_: int) -> Response:
    """Say whether an appointment took place, and if not, who did not come; it may be corrected later."""
    missed_by = reading.body(AttendanceIn)["missed_by"]
    who = access.principal()

    def said(session: Session) -> dict[str, object]:
        access.visible_appointment(session, who, id_)
        reported = closing.report(session, g.now, id_, who.actor, missed_by=missed_by)
        session.flush()
        return appointment_json(reported, who, zone_of(session))

    return idempotency.once(said, 200)
