"""/m: the link to one's own pages, asked for by number or address. The answer tells nobody who is registered."""

from flask import g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.exceptions import TooManyRequests
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import ValidationError

from app import rate_limits, services
from app.access import Rule, allow
from app.journey import own_links
from app.journey.history import Actor
from app.journey.own_links import Reached
from app.models import ActorKind, Channel
from app.transaction import reading, transaction
from app.web.inputs import clean
from app.web.mediator.blueprint import pages
from app.web.mediator.joining import open_pools

Answer = Response | tuple[str, int]


class AskForm(FlaskForm):  # type: ignore[misc] # Flask-WTF ships no types
    """A number or an address."""

    reach = StringField(
        _l("own_link.field"), filters=[clean], description=_l("own_link.hint"),
        render_kw={"autocomplete": "tel", "autocapitalize": "none", "spellcheck": "false"},
    )  # fmt: skip

    def validate_reach(self, field: StringField) -> None:
        """Something that can be written to."""
        if not field.data:
            raise ValidationError(_("own_link.missing"))
        if own_links.reach(field.data) is None:
            raise ValidationError(_("own_link.unreadable"))


@pages.route("/m", methods=["GET", "POST"])
@allow(Rule.PUBLIC)
def ask() -> Answer:
    """The form; sent, the same answer to whatever was typed."""
    form = AskForm()
    to = own_links.reach(form.reach.data or "") if form.validate_on_submit() else None
    if to is None:
        sent = request.args.get("sent", "") if request.method == "GET" else ""
        page = render_template(
            "mediator/ask.html", form=form, sent=sent if sent in set(Channel) else "", is_open=bool(open_pools())
        )
        return page, 422 if request.method == "POST" else 200
    _refuse_many()
    _send(to)
    return redirect(url_for("mediator.ask", sent=to.channel.value), 303)


def _refuse_many() -> None:
    """Count against the address that asks, whoever is asked for; raises 429."""
    asking = rate_limits.of_own_links()
    if wait := rate_limits.seconds_to_wait(asking):
        raise TooManyRequests(retry_after=wait)
    rate_limits.count_wrong(asking, "own_links")


def _send(to: Reached) -> None:
    """A link to everybody who is reached there, unless enough were asked for; nothing tells which it was.

    What is counted and looked for is the same whoever is meant; what is written for somebody known takes some
    milliseconds more, which three times an hour say nothing.
    """
    budgets = rate_limits.of_own_link_to(to.at)
    is_spent = rate_limits.seconds_to_wait(budgets) > 0
    rate_limits.count_wrong(budgets, "own_link_to")
    rows = reading(None)
    found = own_links.people(rows, to)
    rows.rollback()
    for one in [] if is_spent else found:
        actor = Actor(ActorKind.MEDIATOR, one.mediator_id)
        with transaction(one.pool_id) as session:
            own_links.send(session, g.now, services.links(), one.mediator_id, to.channel, actor)
