"""How it was: the form that staff and whoever holds a link fill in, and the sentences about what has been said."""

from dataclasses import dataclass
from typing import Final

from flask import g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from wtforms import Form, RadioField, StringField, ValidationError
from wtforms.widgets import NumberInput

from app import services
from app.errors import ChangedMeanwhile, Invalid, JourneyError, NoLongerOpen
from app.journey import reporting, thanking
from app.journey.history import Actor
from app.journey.reporting import Report
from app.journey.thanking import Words
from app.models import THANKS, Appointment, Reporter, languages
from app.web.inputs import clean, readable, show
from app.web.pages import locale, sentence
from app.web.when import When, minutes
from notifications import texts

# what a choice or a button sends -> what it says
SAID: Final = {
    "took_place": Report(),
    "late": Report(came_late=True),
    "mediator": Report(missed_by="mediator"),
    "client": Report(missed_by="client"),
}
NO_THANKS: Final = "none"
_NAMES: Final = {"missed_by": "said", "came_late": "said", "lasted_minutes": "minutes"}


class AfterwardsForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Whether it took place, how long it was, and thanks."""

    said = RadioField(_l("afterwards.field.said"), validate_choice=False)
    minutes = StringField(
        _l("afterwards.field.minutes"), filters=[clean], description=_l("afterwards.hint.minutes"),
        widget=NumberInput(min=1, max=reporting.LONGEST),
    )  # fmt: skip
    thanks = RadioField(_l("afterwards.field.thanks"), default=NO_THANKS, validate_choice=False)
    words = StringField(_l("afterwards.field.words"), filters=[clean], description=_l("afterwards.hint.words"))

    def validate_said(self, field: RadioField) -> None:
        """One of them."""
        if field.data not in SAID:
            raise ValidationError(_("afterwards.error.said"))

    def validate_minutes(self, field: StringField) -> None:
        """A whole number, where it took place; it may be left out."""
        if field.data and self.took_place:
            readable(int, field.data, "afterwards.error.minutes")

    @property
    def took_place(self) -> bool:
        """Whether the choice is one of those that have a length."""
        return self.said.data in {"took_place", "late"}

    def report(self) -> Report | None:
        """What is said, once the form is valid; None where it only thanks."""
        if self.said is None:
            return None
        told = SAID[self.said.data]
        length = int(self.minutes.data) if self.took_place and self.minutes.data else None
        return Report(told.missed_by, told.came_late, length)

    def given_thanks(self) -> Words:
        """The thanks, on one line."""
        if self.thanks is None:
            return Words()
        choice = "" if self.thanks.data in {NO_THANKS, None} else self.thanks.data
        return Words(choice, " ".join((self.words.data or "").split()))


def form_of(rows: Session, appointment: Appointment, by: Reporter) -> AfterwardsForm:
    """The form as it was sent, or filled with what has been said already.

    Where somebody else's word stands, it only thanks.
    """
    form = AfterwardsForm(request.form if request.method == "POST" else _known(rows, appointment))
    form.said.choices = [(one, _(f"afterwards.said.{one}")) for one in SAID]
    language = languages.written_in(locale())
    none = (NO_THANKS, _("afterwards.thanks.none"))
    form.thanks.choices = [none, *((one, texts.thanks_choice(one, language=language)) for one in THANKS)]
    if reporting.is_settled(appointment, by):
        del form.said, form.minutes
    if not appointment.active_assignments:
        # whoever came belongs to a neighbouring pool, to which no thanks are passed on
        del form.thanks, form.words
    return form


def _known(rows: Session, appointment: Appointment) -> MultiDict[str, str]:
    said, thanks = reporting.said_of(appointment), thanking.said_of(rows, appointment)
    known = {
        "said": choice_of(said) if said else "",
        "minutes": str((said and said.lasted_minutes) or appointment.duration_minutes),
        "thanks": thanks.choice or NO_THANKS,
        "words": thanks.own,
    }
    return MultiDict({name: value for name, value in known.items() if value})


def choice_of(said: Report) -> str:
    """The choice that says this."""
    return said.missed_by or ("late" if said.came_late else "took_place")


@dataclass(frozen=True)
class Refused:
    """Why something was not kept, in a sentence, and the status of the answer."""

    words: str
    status: int


def keep(session: Session, appointment_id: int, form: AfterwardsForm, actor: Actor, by: Reporter) -> None:
    """Keep what the valid form says. Raises what reporting.report() raises."""
    reporting.report(
        session, g.now, services.links(), appointment_id, actor, by, form.report(), thanks=form.given_thanks(),
        seen=request.form.get("seen"),
    )  # fmt: skip


def refused(form: AfterwardsForm, error: JourneyError) -> Refused:
    """What was wrong, put at its field where it has one."""
    if isinstance(error, Invalid):
        show(form, error.problems, _NAMES)
        return Refused("", 422)
    return Refused(sentence("attendance_changed" if isinstance(error, ChangedMeanwhile) else error.code), 409)


@dataclass(frozen=True)
class Told:
    """What a page says about it: `said` is nothing while nobody has said anything, `closed` why nothing can be."""

    said: str
    source: str
    thanks: str
    thanks_own: str
    until: str
    settled: bool
    closed: str
    seen: str


def told(rows: Session, appointment: Appointment, when: When, by: Reporter) -> Told:
    """How it stands, for whoever may say it as `by`."""
    said, thanks = reporting.said_of(appointment), thanking.said_of(rows, appointment)
    language = languages.written_in(locale())
    closed = ""
    try:
        reporting.check_open(appointment, when.now, by)
    except NoLongerOpen as error:
        closed = error.code
    return Told(
        said=_sentence(said) if said else "",
        source=_source(appointment, when),
        thanks=texts.thanks_choice(thanks.choice, language=language) if thanks.choice else "",
        thanks_own=thanks.own,
        until=when.day(reporting.reportable_until(appointment)) if by is Reporter.REQUESTER else "",
        settled=reporting.is_settled(appointment, by),
        closed=closed,
        seen=reporting.version(rows, appointment),
    )


def _sentence(said: Report) -> str:
    words = str(_(f"afterwards.told.{choice_of(said)}"))
    if not said.lasted_minutes:
        return words
    return f"{words} {_('afterwards.told.lasted', length=minutes(said.lasted_minutes))}"


def _source(appointment: Appointment, when: When) -> str:
    if appointment.reported_by is None or appointment.reported_at is None:
        return ""
    return str(_(f"afterwards.by.{appointment.reported_by.value}", moment=when.moment(appointment.reported_at)))
