"""What the service cannot mend by itself: above the board until a coordinator has seen to it."""

from dataclasses import dataclass
from typing import Any

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from app import access
from app.access import Rule, allow, unattended
from app.journey.telling import alerts
from app.journey.telling.facts import spoken
from app.models import Alert, Mediator
from app.web.coordinator.blueprint import own_when, pages
from app.web.live import mark_of
from app.web.pages import locale
from app.web.when import When
from notifications.alerts import alert_words

# more than these are folded away: a wall of warnings is read by nobody
MOST_SHOWN = 5
# a number that is wrong is none to call
UNREACHED = frozenset({"number_wrong"})
FILTERS = ("language", "organisation", "q")


@dataclass(frozen=True)
class AlertRow:
    """One matter in the language of the request, and where to see to it."""

    id: int
    headline: str
    advice: str
    moment: str
    at: str
    appointment_id: int | None
    mediator_id: int | None
    # what helps is a call more often than not
    phone: str


@pages.get("/board/alerts")
@unattended
@allow(Rule.COORDINATOR)
def board_alerts() -> str | tuple[str, int]:
    """The alerts; 204 while they still say what the page has `seen`."""
    rows = access.session()
    if request.args.get("seen") == _version(rows, own_when(rows)):
        return "", 204
    return render_template("coordinator/_board_alerts.html", **waiting_alerts(rows))


@pages.post("/board/alerts/<row:alert_id>/resolve")
@allow(Rule.COORDINATOR)
def resolve_alert(alert_id: int) -> Response | str:
    """Somebody has seen to it. A script gets the alerts that are left, a form the whole board."""
    with access.change() as session:
        alerts.resolve(session, g.now, access.principal().actor, alert_id)
    if "HX-Request" in request.headers:
        said = _("coordinator.alert.resolved")
        return render_template("coordinator/_board_alerts.html", said=said, **waiting_alerts(access.session()))
    return redirect(url_for("coordinator.board", **_filters()), 303)


def waiting_alerts(rows: Session) -> dict[str, object]:
    """What the alerts' template needs, the newest first."""
    when = own_when(rows)
    # first: what changes while the rest is read has another version
    version, waiting = _version(rows, when), alerts.unresolved(rows)
    concerned = select(Mediator.id, Mediator.phone).where(Mediator.id.in_([one.mediator_id for one in waiting]))
    phones = {one.id: one.phone for one in rows.execute(concerned)}
    found = []
    for alert in waiting:
        words = alert_words(alert.kind, alert.data, language=spoken(locale()))
        found.append(
            AlertRow(
                id=alert.id,
                headline=words.headline,
                advice=words.advice,
                moment=when.moment(alert.created_at),
                at=alert.created_at.isoformat(),
                appointment_id=alert.appointment_id,
                mediator_id=alert.mediator_id,
                phone=phones.get(alert.mediator_id, "") if alert.kind not in UNREACHED else "",
            )
        )
    given = _filters()
    return {
        "alerts": found[:MOST_SHOWN],
        "more_alerts": found[MOST_SHOWN:],
        "alerts_version": version,
        "alerts_url": url_for("coordinator.board_alerts", seen=version, **given),
        "given": given,
    }


def _version(rows: Session, when: When) -> str:
    """The mark of what the alerts say."""
    said = rows.execute(
        select(Alert.id, Alert.kind, Alert.data, Alert.created_at, Alert.appointment_id, Mediator.id, Mediator.phone)
        .outerjoin(Mediator, Alert.mediator_id == Mediator.id)
        .where(Alert.resolved_at.is_(None))
        .order_by(Alert.id)
    ).all()
    return mark_of(when, said, sorted(_filters().items()))


def _filters() -> dict[str, Any]:
    """What the board is narrowed to, for the way back to it."""
    return {name: value for name in FILTERS if (value := request.args.get(name, ""))}
