"""/alerts: what the service cannot mend by itself and leaves to a coordinator."""

from zoneinfo import ZoneInfo

from flask import Response, g
from flask_babel import get_locale
from marshmallow import fields
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import local
from app.api.appointments import zone_of
from app.api.blueprint import ID, api
from app.api.operation import operation
from app.api.reading import PageQuery
from app.api.values import Shape
from app.journey.telling import alerts
from app.journey.telling.facts import spoken
from app.models import Alert
from notifications.alerts import KINDS, alert_words


class AlertOut(Shape):
    """One matter: what happened and what would help, as sentences in the language of the request."""

    id = fields.Integer(required=True)
    kind = fields.String(required=True, metadata={"enum": list(KINDS)})
    headline = fields.String(required=True)
    advice = fields.String(required=True)
    mediator = fields.Integer(required=True, allow_none=True)
    appointment = fields.Integer(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    resolved_at = fields.AwareDateTime(required=True, allow_none=True)


@api.get("/alerts")
@operation(AlertOut, query=PageQuery, listed=True)
@allow(Rule.COORDINATOR)
def list_alerts() -> Response:
    """List what waits for a coordinator, the newest first."""
    wanted = reading.query(PageQuery)
    session = access.session()
    zone = zone_of(session)
    return reading.page_of(alerts.unresolved(session), wanted, lambda alert: _alert_json(alert, zone))


@api.post(f"/alerts/{ID}/resolve")
@operation(AlertOut, errors=(404,))
@allow(Rule.COORDINATOR)
def resolve_alert(id_: int) -> Response:
    """Say that somebody has seen to it; a second time changes nothing."""
    reading.no_body()

    def done(session: Session) -> dict[str, object]:
        alert = alerts.resolve(session, g.now, access.principal().actor, id_)
        return _alert_json(alert, zone_of(session))

    return idempotency.once(done, 200)


def _alert_json(alert: Alert, zone: ZoneInfo) -> dict[str, object]:
    words = alert_words(alert.kind, alert.data, language=spoken(str(get_locale())))
    return {
        "id": alert.id,
        "kind": alert.kind,
        "headline": words.headline,
        "advice": words.advice,
        "mediator": alert.mediator_id,
        "appointment": alert.appointment_id,
        "created_at": local(alert.created_at, zone),
        "resolved_at": local(alert.resolved_at, zone),
    }
