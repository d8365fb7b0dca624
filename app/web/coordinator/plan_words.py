"""How far a plan is, and what came of it, in words."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from app.models import Heartbeat, PlanPhase, PlanRun, PlanRunStatus
from app.web.coordinator.blueprint import version_of
from app.web.when import When

# shorter than this no number of seconds is said: most plans take no longer
SOON = timedelta(seconds=1)


class State(StrEnum):
    """What is to say of a run; `lost`: its worker is gone and no other has taken it over yet."""

    WAITING = "waiting"
    AGAIN = "again"
    READING = "reading"
    SEARCHING = "searching"
    WRITING = "writing"
    ENDING = "ending"
    LOST = "lost"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True)
class PlanStrip:
    """What the board says of a plan.

    `percent` is what the best plan so far covers of what is possible at most; None where that is not known.
    """

    state: State
    title: str
    words: str
    percent: int | None
    is_over: bool
    version: str
    poll_url: str
    reload_url: str
    # empty where there is nothing to end
    stop_url: str


def plan_strip(rows: Session, run: PlanRun, when: When) -> PlanStrip:
    """What is to say of a run now."""
    state = _state(rows, run, when)
    is_over = state in {State.DONE, State.FAILED}
    percent = _percent(run) if state in {State.SEARCHING, State.ENDING} else None
    title, words = str(_(f"coordinator.plan.{state.value}")), _words(run, state, percent, when)
    version = version_of(f"{title}{words}{percent}")
    return PlanStrip(
        state=state,
        title=title,
        words=words,
        percent=percent,
        is_over=is_over,
        version=version,
        poll_url="" if is_over else url_for("coordinator.plan_state", run_id=run.id, seen=version),
        reload_url=url_for("coordinator.board", plan=run.id),
        stop_url=url_for("coordinator.end_plan", run_id=run.id) if state is State.SEARCHING and percent else "",
    )


def _state(rows: Session, run: PlanRun, when: When) -> State:
    if run.status is PlanRunStatus.QUEUED:
        return State.AGAIN if run.started_at is not None else State.WAITING
    if run.status is not PlanRunStatus.RUNNING:
        return State(run.status.value)
    alive = rows.scalar(Heartbeat.alive(when.now).where(Heartbeat.worker == run.claimed_by))
    if alive is None or (run.lease_until is not None and run.lease_until < when.now):
        return State.LOST
    if run.stop_wished_at is not None and run.phase is not PlanPhase.WRITING:
        return State.ENDING
    return State((run.phase or PlanPhase.READING).value)


def _percent(run: PlanRun) -> int | None:
    """Rounded down, so that a hundred means that nothing better is possible."""
    if run.coverage is None or not run.coverage_bound:
        return None
    return int(100 * run.coverage / run.coverage_bound)


def _words(run: PlanRun, state: State, percent: int | None, when: When) -> str:
    if state is State.SEARCHING:
        return _so_far(run, percent, when)
    if state is State.DONE:
        return _outcome(run.result or {})
    return str(_(f"coordinator.plan.{state.value}.words"))


def _so_far(run: PlanRun, percent: int | None, when: When) -> str:
    parts = []
    passed = when.now - run.started_at if run.started_at else timedelta(0)
    if passed >= SOON:
        parts.append(ngettext("coordinator.plan.second", "coordinator.plan.seconds", int(passed.total_seconds())))
    if percent is not None:
        parts.append(_("coordinator.plan.percent", percent=percent))
    return " ".join(str(one) for one in parts) or str(_("coordinator.plan.searching.words"))


def _outcome(result: dict[str, Any]) -> str:
    """2 Termine neu besetzt …: what changed, and whether more is possible."""
    counts = {name: int(result.get(name) or 0) for name in ("asked", "rearranged", "taken_back")}
    lacking = len(result.get("uncovered") or ())
    said = [
        ngettext(f"coordinator.plan.{name}_one", f"coordinator.plan.{name}_many", count)
        for name, count in counts.items()
        if count
    ] or [_("coordinator.plan.nothing")]
    if lacking:
        said.append(ngettext("coordinator.plan.lacking_one", "coordinator.plan.lacking_many", lacking))
    said.append(_(f"coordinator.plan.{_why(result)}"))
    return " ".join(str(one) for one in said)


def _why(result: dict[str, Any]) -> str:
    """Why it is as it is: nothing better is possible, somebody ended the search, or it took too long."""
    if result.get("coverage") == result.get("coverage_bound"):
        return "best"
    return "ended" if result.get("ended") else "maybe"
