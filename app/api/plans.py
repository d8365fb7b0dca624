"""/plan: wish for a planning run, and what became of the last one."""

from typing import Any
from zoneinfo import ZoneInfo

from flask import Response, g, jsonify
from marshmallow import fields
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import access
from app.access import Rule, allow
from app.api import idempotency, reading
from app.api.appointment_answer import local, why
from app.api.appointments import zone_of
from app.api.blueprint import api
from app.api.operation import operation
from app.api.values import Shape
from app.errors import NotFound
from app.journey.locks import request_plan
from app.models import Appointment, PlanRun, PlanRunStatus


class UncoveredShape(Shape):
    """An appointment that lacks people: named reasons counted over those of its language, and as a sentence."""

    appointment = fields.Integer(required=True)
    reasons = fields.Dict(keys=fields.String(), values=fields.Integer(), required=True)
    explanation = fields.String(required=True)


class PlanOut(Shape):
    """A run. `objective` is the weight of what is covered, `bound` what no plan can beat; null until it is done."""

    id = fields.Integer(required=True)
    status = fields.String(required=True, metadata={"enum": [status.value for status in PlanRunStatus]})
    trigger = fields.String(required=True)
    requested_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    proof = fields.String(required=True, allow_none=True, metadata={"enum": ["optimal", "feasible", None]})
    objective = fields.Float(required=True, allow_none=True)
    bound = fields.Float(required=True, allow_none=True)
    covered = fields.Integer(required=True, allow_none=True)
    uncovered = fields.List(fields.Nested(UncoveredShape), required=True)


@api.post("/plan")
@operation(PlanOut, 202)
@allow(Rule.COORDINATOR)
def queue_plan() -> Response:
    """Queue a planning run; one that is waiting already serves as well."""
    reading.no_body()

    def make(session: Session) -> dict[str, object]:
        request_plan(session, g.now, "api", access.principal().pool_id)
        waiting = select(PlanRun).where(PlanRun.status == PlanRunStatus.QUEUED).order_by(PlanRun.id)
        return _plan_json(session, session.scalars(waiting.limit(1)).one())

    return idempotency.once(make, 202)


@api.get("/plan")
@operation(PlanOut, errors=(404,))
@allow(Rule.COORDINATOR)
def get_plan() -> Response:
    """Show the last planning run."""
    reading.query(Shape)
    session = access.session()
    run = session.scalar(select(PlanRun).order_by(PlanRun.id.desc()).limit(1))
    if run is None:
        raise NotFound("plan_not_found")
    return jsonify(_plan_json(session, run))


def _plan_json(session: Session, run: PlanRun) -> dict[str, object]:
    zone: ZoneInfo = zone_of(session)
    result: dict[str, Any] = run.result or {}
    return {
        "id": run.id,
        "status": run.status.value,
        "trigger": run.trigger,
        "requested_at": local(run.requested_at, zone),
        "started_at": local(run.started_at, zone),
        "finished_at": local(run.finished_at, zone),
        "proof": result.get("status"),
        "objective": result.get("coverage"),
        "bound": result.get("coverage_bound"),
        "covered": result.get("covered"),
        "uncovered": _uncovered(session, result.get("uncovered", [])),
    }


def _uncovered(session: Session, kept: list[dict[str, Any]]) -> list[dict[str, object]]:
    ids = [int(one["appointment"]) for one in kept]
    rows = session.execute(select(Appointment.id, Appointment.language).where(Appointment.id.in_(ids)))
    languages = {row.id: row.language for row in rows}
    return [
        {"appointment": id_, "reasons": one["reasons"], "explanation": why(one["reasons"], languages[id_])}
        for id_, one in zip(ids, kept, strict=True)
        if id_ in languages
    ]
