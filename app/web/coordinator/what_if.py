"""/recruiting/what-if: what the coming weeks would be like if something were otherwise, without saving anything."""

from typing import Any, Final

from babel.lists import format_list
from flask import g, redirect, render_template, request, url_for
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow, unattended
from app.errors import Invalid, NotFound
from app.insight.coverage import Figures
from app.models import Heartbeat, Mediator, MediatorStatus, WhatIfRun, languages
from app.registry import what_if as questions
from app.web.asked import asked_id
from app.web.coordinator import coverage_words as words
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.what_if_form import WhatIfForm, data_of, without
from app.web.when import When
from scheduler.forecast.changes import Changes, Compared, Comparison

# less than this nobody would notice
NOTICED: Final = 0.05


@pages.route("/recruiting/what-if", methods=["GET", "POST"])
@allow(Rule.COORDINATOR)
def what_if() -> Response | tuple[str, int]:
    """The form, filled as a link or a former question says; a POST asks."""
    rows = access.session()
    when = own_when(rows)
    form = WhatIfForm(request.form or None, data=_suggested(rows, when))
    everybody = rows.execute(select(Mediator.id, Mediator.name, Mediator.status)).all()
    there = [(one.id, one.name) for one in everybody if one.status is MediatorStatus.ACTIVE]
    form.offer(sorted(there, key=lambda pair: languages.plain(pair[1])))
    # who has left since is still called by name in what was asked before
    people = {one.id: one.name for one in everybody}
    if request.method == "POST":
        if form.validate():
            try:
                with access.change() as session:
                    today, actor = when.local(g.now).date(), access.principal().actor
                    run_id = questions.ask(session, g.now, today, form.changes(), actor).id
            except Invalid as invalid:
                form.show(invalid.problems)
            else:
                return redirect(url_for("coordinator.what_if_answer", run_id=run_id), 303)
        elif not form.form_errors:
            form.form_errors.append(_("what_if.incomplete"))
    page = render_template(
        "coordinator/what_if.html",
        form=form,
        asked=[_listed(access.session(), one, when, people) for one in questions.asked(access.session())],
    )
    return page, 422 if form.errors else 200


@pages.get("/recruiting/what-if/<row:run_id>")
@allow(Rule.COORDINATOR)
def what_if_answer(run_id: int) -> str:
    """The question, and how far its answer is."""
    return render_template("coordinator/what_if_answer.html", **_shown(run_id))


@pages.get("/recruiting/what-if/<row:run_id>/state")
@unattended
@allow(Rule.COORDINATOR)
def what_if_state(run_id: int) -> str:
    """The part that changes."""
    return render_template("coordinator/_what_if_state.html", **_shown(run_id))


@pages.post("/recruiting/what-if/<row:run_id>/cancel")
@allow(Rule.COORDINATOR)
def cancel_what_if(run_id: int) -> Response:
    """Nobody wants to know any more."""
    with access.change() as session:
        questions.cancel(session, g.now, run_id)
    return redirect(url_for("coordinator.what_if_answer", run_id=run_id), 303)


def _suggested(rows: Session, when: When) -> dict[str, Any]:
    if (former := asked_id("from")) is not None and (run := rows.scalar(_run(former))) is not None:
        return data_of(Changes.from_json(run.changes))
    if (person := asked_id("away")) is not None:
        return data_of(without(person, when.local(g.now).date()))
    return {}


def _run(run_id: int) -> Any:
    return select(WhatIfRun).where(WhatIfRun.id == run_id)


def _shown(run_id: int) -> dict[str, Any]:
    rows = access.session()
    run = rows.scalar(_run(run_id))
    if run is None:
        raise NotFound("what_if_not_found")
    when = own_when(rows)
    found = Comparison.from_json(run.result) if run.result else None
    changes = Changes.from_json(run.changes)
    about = select(Mediator.id, Mediator.name).where(Mediator.id.in_([int(one.mediator) for one in changes.away]))
    return {
        "run": run,
        "asked": _asked(changes, when, dict(rows.execute(about).all())),
        "state": _state(rows, run),
        "percent": round(100 * run.share_done),
        "stand": when.moment(run.finished_at) if run.finished_at else None,
        "answer": _answer(found, when) if found else None,
        "spread": _spread(found.total) if found else None,
        "rows": _rows(found) if found else [],
    }


def _state(rows: Session, run: WhatIfRun) -> str:
    if run.finished_at is not None:
        return "cancelled" if run.cancelled_at is not None and run.result is None else "failed" if run.error else "done"
    if run.cancelled_at is not None:
        return "ending"
    if run.started_at is None:
        return "waiting" if rows.scalar(Heartbeat.alive(g.now).limit(1)) else "silent"
    return "running" if run.is_at_work(g.now) else "silent"


def _listed(rows: Session, run: WhatIfRun, when: When, people: dict[int, str]) -> dict[str, Any]:
    found = Comparison.from_json(run.result) if run.result else None
    return {
        "id": run.id,
        "asked": "; ".join(_asked(Changes.from_json(run.changes), when, people)),
        "at": when.moment(run.asked_at),
        "said": _short(found.total) if found else _(f"what_if.state.{_state(rows, run)}"),
    }


def _asked(changes: Changes, when: When, people: dict[int, str]) -> list[str]:
    """A sentence for each change."""
    found = [
        _(
            "what_if.said.away", name=people.get(int(one.mediator), _("what_if.somebody")), first=when.brief(one.first),
            last=when.brief(one.last),
        )
        for one in changes.away
    ]  # fmt: skip
    for new in changes.joining:
        days = format_list([str(_(f"coordinator.on.{day}")) for day in new.days], locale=get_locale())
        at = f"{days} {words.slot(new.opens, new.closes - new.opens)}"
        found.append(
            ngettext(
                "what_if.said.joining_one", "what_if.said.joining_many", new.people, language=words.name(new.language),
                when=at,
            )
        )  # fmt: skip
    found += [
        ngettext("what_if.said.more_one", "what_if.said.more_many", more.requests, language=words.name(more.language))
        for more in changes.more
    ]
    return [str(one) for one in found]


def _answer(found: Comparison, when: When) -> str:
    """In den vier Wochen ab 1. Dez. bleiben etwa 17,9 statt 16,9 Anfragen unbesetzt: 1,0 mehr."""
    total, first = found.total, when.brief(found.now)
    before, after = (words.tenths(one.unfilled.mean) for one in (total.before, total.after))
    if abs(total.unfilled_more) < NOTICED:
        return str(_("what_if.answer.same", first=first, after=after))
    key = "more" if total.unfilled_more > 0 else "fewer"
    number = words.tenths(abs(total.unfilled_more))
    return str(_(f"what_if.answer.{key}", first=first, before=before, after=after, number=number))


def _short(total: Compared) -> str:
    if abs(total.unfilled_more) < NOTICED:
        return str(_("what_if.short.same"))
    key = "more" if total.unfilled_more > 0 else "fewer"
    return str(_(f"what_if.short.{key}", number=words.tenths(abs(total.unfilled_more))))


def _spread(total: Compared) -> str:
    before, after = (
        words.spread(Figures(low=one.unfilled.low, high=one.unfilled.high)) for one in (total.before, total.after)
    )
    return str(_("what_if.spread", before=before, after=after))


def _rows(found: Comparison) -> list[dict[str, str]]:
    """The languages in which something changes, what changes most first."""
    changed = [(code, one) for code, one in found.languages.items() if abs(one.unfilled_more) >= NOTICED]
    return [
        {
            "language": words.name(code),
            "before": words.tenths(one.before.unfilled.mean),
            "after": words.tenths(one.after.unfilled.mean),
            "requests": words.tenths(one.after.requests.mean),
            "change": f"{'+' if one.unfilled_more > 0 else '−'}{words.tenths(abs(one.unfilled_more))}",
        }
        for code, one in sorted(changed, key=lambda pair: (-abs(pair[1].unfilled_more), pair[0]))
    ]
