"""/settings/neighbours: with which pools of this installation people are lent and borrowed, and what happens next."""

from dataclasses import dataclass
from typing import Final

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms import Form, SelectField, StringField
from wtforms.validators import InputRequired

from app import access, ids
from app.access import Rule, allow
from app.errors import Invalid, NoLongerOpen
from app.models import MODES, AgreementState, LendingAgreement, languages
from app.registry import lending_agreements, organisations
from app.registry.lending_agreements import AgreementData
from app.web.coordinator.blueprint import own_when, pages
from app.web.coordinator.fields import TickField, listed
from app.web.inputs import clean, show
from app.web.pages import locale, sentence

RULE: Final = Rule(lending_agreements.WRITTEN_BY)
ANSWERS: Final = {"accept": True, "decline": False}


class OfferForm(Form):  # type: ignore[misc] # WTForms ships no types
    """What is offered to another pool."""

    neighbour = SelectField(_l("neighbours.pool"), [InputRequired(_l("coordinator.error.missing")), listed],
                            validate_choice=False)  # fmt: skip
    languages = StringField(
        _l("neighbours.languages"), [InputRequired(_l("coordinator.error.missing"))], filters=[clean],
        description=_l("neighbours.languages.hint"),
    )  # fmt: skip
    modes = TickField(_l("neighbours.modes"), [listed], validate_choice=False)

    def values(self) -> AgreementData:
        """What was typed; a language that nobody knows stays as it was typed, and is refused by name."""
        words = [one.strip() for one in (self.languages.data or "").split(",") if one.strip()]
        found = [(languages.named(one), one) for one in words]
        codes = tuple(language.code if language else word for language, word in found)
        chosen = self.neighbour.data or ""
        return AgreementData(ids.read(chosen), codes, tuple(self.modes.data or ()))


@dataclass(frozen=True)
class AgreementLine:
    """One offer or agreement in words: with whom, what, how it stands, what happens next, and what can be done."""

    id: int
    name: str
    languages: str
    modes: str
    state: str
    since: str
    next: str
    may_answer: bool


@pages.get("/settings/neighbours")
@allow(Rule(organisations.WRITTEN_BY))
def neighbours() -> str:
    """What is offered and agreed; admins may offer something."""
    return _page(OfferForm(data={"modes": list(MODES)}))


@pages.post("/settings/neighbours")
@allow(RULE)
def offer_to_neighbour() -> Response | tuple[str, int]:
    """Offer it, or show the form with sentences at its fields."""
    form, who = OfferForm(request.form), access.principal()
    _offer_choices(form, access.session())
    if not form.validate():
        return _page(form), 422
    try:
        with access.change() as session:
            lending_agreements.offer(session, g.now, who.pool_id, form.values(), who.actor)
    except Invalid as invalid:
        show(form, invalid.problems, {})
        return _page(form), 422
    flash(_("neighbours.offered"), "success")
    return redirect(url_for("coordinator.neighbours"), 303)


@pages.post("/settings/neighbours/<row:agreement_id>")
@allow(RULE)
def answer_neighbour(agreement_id: int) -> Response:
    """Accept or decline an offer, or end what was offered or agreed (`to`)."""
    to, who = request.form.get("to", ""), access.principal()
    if to not in {*ANSWERS, "withdraw"}:
        abort(400)
    try:
        with access.change() as session:
            if to == "withdraw":
                lending_agreements.withdraw(session, g.now, who.pool_id, agreement_id, who.actor)
            else:
                accepted = ANSWERS[to]
                lending_agreements.answer(session, g.now, who.pool_id, agreement_id, who.actor, accepted=accepted)
    except NoLongerOpen as error:
        flash(sentence(error.code, dict(error.params)), "warning")
    else:
        flash(_(f"neighbours.done.{to}"), "success")
    return redirect(url_for("coordinator.neighbours"), 303)


def _page(form: OfferForm) -> str:
    rows = access.session()
    _offer_choices(form, rows)
    return render_template(
        "coordinator/neighbours.html",
        form=form,
        lines=[_line(rows, one) for one in lending_agreements.standing(rows)],
        decides=access.principal().role in access.ROLES[RULE],
    )


def _offer_choices(form: OfferForm, rows: Session) -> None:
    others = lending_agreements.neighbours(rows, access.principal().pool_id)
    form.neighbour.choices = [("", _("staff.choose")), *((str(one.id), one.name) for one in others)]
    form.modes.choices = [(mode, _(f"coordinator.mode.{mode}")) for mode in MODES]


def _line(rows: Session, found: LendingAgreement) -> AgreementLine:
    own = access.principal().pool_id
    in_force = found.state is AgreementState.IN_FORCE
    ours = found.from_pool_id == own
    state = "in_force" if in_force else "offered_by_us" if ours else "offered_to_us"
    return AgreementLine(
        id=found.id,
        name=found.neighbour_of(own).name,
        languages=", ".join(languages.name(code, locale()) for code in found.languages),
        modes=", ".join(str(_(f"coordinator.mode.{mode}")) for mode in found.modes),
        state=state,
        since=own_when(rows).moment(found.answered_at if in_force and found.answered_at else found.offered_at),
        next=str(_(f"neighbours.next.{state}", name=found.neighbour_of(own).name)),
        may_answer=not in_force and not ours,
    )
