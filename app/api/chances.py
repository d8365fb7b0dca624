"""/chances: how likely somebody can come to an appointment that is not saved, and what would be likelier."""

from flask import Response, g, jsonify
from marshmallow import fields

from app import access
from app.access import Rule, allow
from app.api import reading
from app.api.appointment_answer import local
from app.api.appointment_shape import AppointmentIn, wishes_of
from app.api.appointments import organisation_of, zone_of
from app.api.blueprint import api
from app.api.operation import operation
from app.api.values import LANGUAGE, Shape
from app.insight import chances
from app.insight.chances import CHANGES
from app.journey import requesting
from app.journey.request import Request
from app.models import GENDERS, MODES

PLACES = 4


class AlternativeOut(Shape):
    """What could be changed, in `changes`, and what comes of it; `language` would have to be understood."""

    starts_at = fields.AwareDateTime(required=True)
    mode = fields.String(required=True, metadata={"enum": list(MODES)})
    language = fields.String(required=True, metadata=LANGUAGE)
    gender = fields.String(required=True, allow_none=True, metadata={"enum": [*GENDERS, None]})
    eligible = fields.Integer(required=True)
    chance = fields.Float(required=True)
    changes = fields.List(fields.String(metadata={"enum": list(CHANGES)}), required=True)


class ChancesOut(Shape):
    """How many could come and how likely one of them does, as things stand at `as_of`; the likeliest alternative first.

    Where the chance is low, `reason` names what stands in the way of most.
    """

    as_of = fields.AwareDateTime(required=True)
    eligible = fields.Integer(required=True)
    chance = fields.Float(required=True)
    reason = fields.String(required=True, allow_none=True)
    alternatives = fields.List(fields.Nested(AlternativeOut), required=True)


@api.post("/chances")
@operation(ChancesOut, body=AppointmentIn)
@allow(Rule.STAFF)
def get_chances() -> Response:
    """Say how likely an appointment is filled before requesting it; nothing is saved."""
    sent = reading.body(AppointmentIn)
    session = access.session()
    organisation = organisation_of(session, sent.get("organisation"))
    wishes, _site = wishes_of(session, organisation, sent, sent["starts_at"])
    wanted = Request(**wishes)
    requesting.refuse_wrong(session, g.now, organisation, wanted)
    pool, zone = reading.pool_of(session), zone_of(session)
    found = chances.chances(session, g.now, pool, organisation.id, wanted)
    return jsonify(
        as_of=local(found.as_of, zone),
        eligible=found.eligible,
        chance=round(found.chance, PLACES),
        reason=found.why.reason.value if found.why else None,
        alternatives=[
            {
                "starts_at": local(one.starts_at, zone),
                "mode": one.mode,
                "language": one.language or wanted.language,
                "gender": one.gender,
                "eligible": one.eligible,
                "chance": round(one.chance, PLACES),
                "changes": list(one.changes),
            }
            for one in found.suggestions
        ],
    )
