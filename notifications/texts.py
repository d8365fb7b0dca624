"""The words of every message: one pure function per kind, whose templates lie in templates/<kind>/.

An SMS gets language, time, length, district and link, and nothing else: its templates are never handed a place, an
address or a topic. The empty string means that a kind has no such part. Words that are not about an appointment lie
in notices.py, those read out on the phone in calls.py, those about what has been in afterwards.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from notifications.afterwards import afterwards_requester, thanks, thanks_choice
from notifications.calls import call_again, call_gone, call_thanks_no, call_thanks_yes, offer_call
from notifications.notices import (
    alert_coordinator,
    announcement,
    clearance_ends,
    opted_out,
    own_link,
    reply_help,
    reply_which,
    second_channel,
)
from notifications.phone_words import readable
from notifications.wording import (
    Language,
    Mode,
    Occasion,
    Text,
    Values,
    coarse,
    mail,
    render,
    short_date,
    sms,
)

__all__ = [
    "Language",
    "Mode",
    "Occasion",
    "Text",
    "afterwards_requester",
    "alert_coordinator",
    "already_taken",
    "announcement",
    "call_again",
    "call_gone",
    "call_thanks_no",
    "call_thanks_yes",
    "cancelled_mediator",
    "cancelled_requester",
    "changed_mediator",
    "changed_requester",
    "clearance_ends",
    "confirmation_mediator",
    "confirmation_requester",
    "handed_back_mediator",
    "handed_back_requester",
    "no_longer_open",
    "offer",
    "offer_call",
    "opted_out",
    "own_link",
    "question_cancelled",
    "question_moved",
    "reconfirm",
    "reconfirmed",
    "refusal_reason",
    "reminder_day",
    "reminder_hours",
    "reply_handed_back",
    "reply_help",
    "reply_not_understood",
    "reply_thanks_no",
    "reply_which",
    "request_confirm",
    "second_channel",
    "thanks",
    "thanks_choice",
    "unfilled_requester",
]


def offer(occasion: Occasion, *, link: str, number: int, pool_name: str = "", language: Language = "de") -> Text:
    """Ask one mediator by SMS.

    One segment for any `link` of up to 62 characters. `number` is what the answer names: JA 42, NEIN 42.
    """
    values = {**coarse(occasion, language), "link": link, "number": number, "pool_name": pool_name}
    return Text(sms=sms("offer", language, values))


def confirmation_mediator(
    occasion: Occasion,
    *,
    mediator_name: str,
    link: str,
    pool_name: str,
    contact: str = "",
    note: str = "",
    language: Language = "de",
) -> Text:
    """Tell a mediator that the assignment is theirs; `contact` is whom to ask for on site, `note` what staff added."""
    values = {
        "mediator_name": mediator_name, "link": link, "pool_name": pool_name, "contact": contact, "note": note,
    }  # fmt: skip
    return _both("confirmation_mediator", occasion, language, link, values)


def confirmation_requester(
    occasion: Occasion,
    *,
    mediator_name: str,
    mediator_phone: str,
    link: str,
    pool_name: str,
    still_needed: int = 0,
    language: Language = "de",
) -> Text:
    """Tell staff who comes and how to reach them; `still_needed` counts further mediators not yet found."""
    values = {
        "mediator_name": mediator_name, "mediator_phone": readable(mediator_phone), "link": link,
        "pool_name": pool_name,
        "still_needed": still_needed,
    }  # fmt: skip
    return mail("confirmation_requester", occasion, language, values)


def changed_mediator(
    occasion: Occasion, *, mediator_name: str, link: str, pool_name: str, note: str = "", language: Language = "de"
) -> Text:
    """Tell a mediator the new time or place; `occasion` is the appointment as it now stands."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name, "note": note}
    return _both("changed_mediator", occasion, language, link, values)


def changed_requester(
    occasion: Occasion,
    *,
    link: str,
    pool_name: str,
    mediator_name: str = "",
    searching: bool = False,
    language: Language = "de",
) -> Text:
    """Tell staff that the change is recorded; with `mediator_name` that this person has been informed.

    `searching` says that somebody who had agreed cannot come any more.
    """
    values = {"mediator_name": mediator_name, "searching": searching, "link": link, "pool_name": pool_name}
    return mail("changed_requester", occasion, language, values)


def cancelled_mediator(
    occasion: Occasion, *, mediator_name: str, link: str, pool_name: str, language: Language = "de"
) -> Text:
    """Tell a mediator that nobody expects them any more."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name}
    return _both("cancelled_mediator", occasion, language, link, values)


def handed_back_mediator(
    occasion: Occasion, *, mediator_name: str, link: str, pool_name: str, language: Language = "de"
) -> Text:
    """Thank a mediator, by e-mail, who has given an assignment back."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name}
    return mail("handed_back_mediator", occasion, language, values)


def cancelled_requester(occasion: Occasion, *, link: str, pool_name: str, language: Language = "de") -> Text:
    """Tell staff that the appointment is cancelled and that whoever was asked knows it."""
    return mail("cancelled_requester", occasion, language, {"link": link, "pool_name": pool_name})


def handed_back_requester(occasion: Occasion, *, link: str, pool_name: str, language: Language = "de") -> Text:
    """Tell staff that their mediator cannot come after all and that somebody else is being looked for."""
    return mail("handed_back_requester", occasion, language, {"link": link, "pool_name": pool_name})


def unfilled_requester(
    occasion: Occasion,
    *,
    reason: str,
    link: str,
    pool_name: str,
    fallbacks: Sequence[str] = (),
    coming: str = "",
    language: Language = "de",
) -> Text:
    """Tell staff that nobody was found, why, and what would help; each entry of `fallbacks` is one sentence.

    `coming` names who does come where several people are needed.
    """
    values = {
        "reason": reason, "link": link, "pool_name": pool_name, "fallbacks": list(fallbacks), "coming": coming,
    }  # fmt: skip
    return mail("unfilled_requester", occasion, language, values)


def refusal_reason(
    counts: Mapping[str, int],
    language_name: str,
    *,
    mode: str = "",
    gender: str | None = None,
    language: Language = "de",
) -> str:
    """Say in one line why nobody can come; `counts` are named refusals over the people of that language.

    The names are those of the assignment engine: busy, too_far and so on. `mode` and `gender` are those wanted.
    """
    values = {"counts": dict(counts), "language_name": language_name, "mode": mode, "gender": gender}
    return render("refusal_reason", "line", language, values)


def device_waits(name: str, place: str, *, language: Language = "de") -> str:
    """Say in one line that a translation device is kept, and where it is fetched."""
    return render("device_waits", "line", language, {"name": name, "place": place})


def request_confirm(
    occasion: Occasion,
    *,
    link: str,
    until: datetime,
    organisation: str,
    pool_name: str,
    contact: str = "",
    language: Language = "de",
) -> Text:
    """Ask whoever requested without an account to confirm it by `link`, which opens its page `until` then."""
    local = until.astimezone(occasion.zone)
    values = {
        "link": link, "until": f"{short_date(local.date(), language)}, {local:%H:%M}", "organisation": organisation,
        "pool_name": pool_name, "contact": contact,
    }  # fmt: skip
    return mail("request_confirm", occasion, language, values)


def reminder_day(
    occasion: Occasion, *, mediator_name: str, link: str, pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Remind a mediator the day before."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name, "contact": contact}
    return _both("reminder_day", occasion, language, link, values)


def reminder_hours(
    occasion: Occasion, *, mediator_name: str, link: str, pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Remind a mediator a few hours before."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name, "contact": contact}
    return _both("reminder_hours", occasion, language, link, values)


def reconfirm(
    occasion: Occasion,
    *,
    mediator_name: str,
    link: str,
    number: int,
    pool_name: str,
    contact: str = "",
    language: Language = "de",
) -> Text:
    """Ask a mediator who accepted whether it still stands; the answer is JA 42 or NEIN 42 with the `number`.

    One segment for any `link` of up to 62 characters.
    """
    values = {"mediator_name": mediator_name, "pool_name": pool_name, "contact": contact, "number": number}
    written = mail("reconfirm", occasion, language, {**values, "link": link})
    brief = sms("reconfirm", language, {**coarse(occasion, language), "link": link, "number": number})
    return Text(sms=brief, subject=written.subject, mail=written.mail)


def reconfirmed(occasion: Occasion, *, language: Language = "de") -> Text:
    """Thank a mediator whose assignment still stands."""
    return Text(sms=sms("reconfirmed", language, coarse(occasion, language)))


def already_taken(occasion: Occasion, *, language: Language = "de") -> Text:
    """Thank a mediator whose yes came after somebody else's, or whose offer is no longer open."""
    return Text(sms=sms("already_taken", language, coarse(occasion, language)))


def no_longer_open(occasion: Occasion, *, language: Language = "de") -> Text:
    """Thank a mediator whose answer finds the question ended for another reason than somebody else's yes."""
    return Text(sms=sms("no_longer_open", language, coarse(occasion, language)))


def question_cancelled(occasion: Occasion, *, language: Language = "de") -> Text:
    """Tell a mediator who was asked and has not answered that the appointment does not take place."""
    return Text(sms=sms("question_cancelled", language, coarse(occasion, language)))


def question_moved(occasion: Occasion, *, number: int | None, language: Language = "de") -> Text:
    """Say to a mediator who answered for a former time what it is now; `number` is that of the new question."""
    return Text(sms=sms("question_moved", language, {**coarse(occasion, language), "number": number}))


def reply_not_understood(*, number: int | None = None, language: Language = "de") -> Text:
    """Ask again after an SMS that is neither a yes nor a no; says nothing about any offer but its `number`."""
    return Text(sms=sms("reply_not_understood", language, {"number": number}))


def reply_thanks_no(*, number: int, language: Language = "de") -> Text:
    """Thank a mediator for a no."""
    return Text(sms=sms("reply_thanks_no", language, {"number": number}))


def reply_handed_back(occasion: Occasion, *, language: Language = "de") -> Text:
    """Thank a mediator who gave an assignment back by SMS."""
    return Text(sms=sms("reply_handed_back", language, coarse(occasion, language)))


def _both(kind: str, occasion: Occasion, language: Language, link: str, values: Values) -> Text:
    written = mail(kind, occasion, language, values)
    brief = sms(kind, language, {**coarse(occasion, language), "link": link})
    return Text(sms=brief, subject=written.subject, mail=written.mail)
