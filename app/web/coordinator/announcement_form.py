"""The form of an announcement, and what it would be before it is sent."""

from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import Form, RadioField, StringField, TextAreaField

from app.journey.telling.recipients import AUDIENCES, WAYS, Reach, Wish
from app.web.coordinator.fields import TickField, listed
from app.web.inputs import clean
from notifications.phone import segments

# what travels on in hidden fields while somebody looks at what it would be
CARRIED: Final = ("audience", "way", "subject", "text")


class AnnouncementForm(Form):  # type: ignore[misc] # WTForms ships no types
    """Whom to write to, by which way, and what."""

    audience = RadioField(_l("announcements.audience"), [listed], validate_choice=False)
    languages = TickField(
        _l("announcements.languages"), [listed], validate_choice=False,
        description=_l("announcements.languages.hint"),
    )  # fmt: skip
    districts = TickField(
        _l("announcements.districts"), [listed], validate_choice=False,
        description=_l("announcements.districts.hint"),
    )  # fmt: skip
    way = RadioField(_l("announcements.way"), [listed], validate_choice=False, description=_l("announcements.way.hint"))
    subject = StringField(_l("announcements.subject"), filters=[clean], description=_l("announcements.subject.hint"))
    text = TextAreaField(_l("announcements.text"), filters=[clean], description=_l("announcements.text.hint"))

    def offer_choices(self, languages: list[tuple[str, str]], districts: list[str]) -> None:
        """Fill what can be chosen, in the language of the request."""
        self.audience.choices = [(one, _(f"announcements.audience.{one}")) for one in AUDIENCES]
        self.way.choices = [(one, _(f"announcements.way.{one}")) for one in WAYS]
        self.languages.choices = languages
        self.districts.choices = [(one, one) for one in districts]

    def wish(self) -> Wish:
        """What was typed and chosen."""
        return Wish(
            audience=self.audience.data or "",
            languages=tuple(filter(None, self.languages.data or ())),
            districts=tuple(filter(None, self.districts.data or ())),
            way=self.way.data or "",
            # a line end counts as one character, as people count
            subject=self.subject.data or "",
            text=(self.text.data or "").replace("\r\n", "\n"),
        )


@dataclass(frozen=True)
class Preview:
    """What would leave, in words, before it does."""

    title: str
    facts: list[str]
    left_out: list[str]
    sms: str
    mail: str
    send: str
    can_send: bool


def number_words(audience: str, number: int) -> str:
    """43 Personen; 7 Einrichtungen."""
    return str(ngettext(f"announcements.{audience}_one", f"announcements.{audience}_many", number))


def part_words(number: int) -> str:
    """2 Teile, of an SMS."""
    return str(ngettext("announcements.part_one", "announcements.part_many", number))


def preview_of(wish: Wish, found: Reach) -> Preview:
    """How many are reached by which way, in how many parts, and who is left out for what reason."""
    who, sms = number_words(wish.audience, found.recipients), found.texts
    mails = [one for one in found.letters if one not in sms]
    facts = []
    if sms:
        parts = max(segments(one.words.sms).count for one in sms)
        each, together = part_words(parts), part_words(found.segments)
        facts.append(str(_("announcements.sms_facts", number=len(sms), each=each, all=together)))
    if mails:
        facts.append(str(ngettext("announcements.mail_one", "announcements.mail_many", len(mails))))
    return Preview(
        title=str(_("announcements.reaches", who=who)),
        facts=facts,
        left_out=[str(_(f"announcements.left_out.{reason}", number=count)) for reason, count in found.left_out.items()],
        sms=sms[0].words.sms if sms else "",
        mail=mails[0].words.mail if mails else "",
        send=str(_("announcements.send", who=who)),
        can_send=found.recipients > 0,
    )
