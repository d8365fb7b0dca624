"""The words of messages that are about the service itself: how to answer, what did not arrive, what needs a look."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from notifications.phone import gsm7
from notifications.wording import Language, Text, render, short_date, sms

_MOST_NUMBERS: Final = 4


def reply_help(*, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Explain how to answer and how to stop; `contact` is whom to call."""
    return Text(sms=sms("reply_help", language, {"pool_name": pool_name, "contact": contact}))


def own_link(
    *, mediator_name: str, link: str, last_day: date, pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Send somebody the `link` to their own pages, which opens them until `last_day`."""
    values = {
        "mediator_name": mediator_name, "link": link, "day": short_date(last_day, language), "pool_name": pool_name,
        "contact": contact,
    }  # fmt: skip
    return Text(
        sms=sms("own_link", language, values),
        subject=render("own_link", "subject", language, values),
        mail=render("own_link", "mail", language, values),
    )


def reply_which(*, numbers: Sequence[int], language: Language = "de") -> Text:
    """Ask which of several open questions was meant; shows the first four of at least one of `numbers`."""
    if not numbers:
        raise ValueError("reply_which needs the numbers to choose from")
    shown = list(numbers[:_MOST_NUMBERS])
    return Text(sms=sms("reply_which", language, {"numbers": shown, "more": len(numbers) > len(shown)}))


def second_channel(
    *, recipient_name: str, text: str, pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Say by e-mail what an SMS said that could not be delivered, and ask for the right number."""
    values = {"recipient_name": recipient_name, "text": text, "pool_name": pool_name, "contact": contact}
    return Text(
        subject=render("second_channel", "subject", language, values),
        mail=render("second_channel", "mail", language, values),
    )


def opted_out(*, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Confirm that no more SMS come; `contact` is the address or number to come back by."""
    return Text(sms=sms("opted_out", language, {"pool": pool_name, "contact": contact}))


def announcement(
    *, subject: str, lines: Sequence[str], pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Pass on what coordinators wrote, line by line, as an SMS and as an e-mail; both say how to get no more.

    The SMS is in GSM-7 where that loses none of its letters, and as long as it is.
    """
    values = {"subject": subject, "lines": list(lines), "sender": pool_name, "contact": contact}
    whole = render("announcement", "sms", language, values)
    plain = gsm7(whole)
    return Text(
        sms=plain if plain.count("?") == whole.count("?") else whole,
        subject=render("announcement", "subject", language, values),
        mail=render("announcement", "mail", language, values),
    )


def clearance_ends(
    *,
    kind: str,
    last_day: date,
    needed: bool,
    mediator_name: str,
    pool_name: str,
    contact: str = "",
    language: Language = "de",
) -> Text:
    """Remind a mediator that a clearance counts no longer than `last_day`.

    `kind` is training, confidentiality, conduct or membership; `needed` says that without it they are not asked.
    """
    values = {
        "kind": kind, "day": short_date(last_day, language), "needed": needed, "mediator_name": mediator_name,
        "pool_name": pool_name, "contact": contact,
    }  # fmt: skip
    return Text(
        sms=sms("clearance_ends", language, values),
        subject=render("clearance_ends", "subject", language, values),
        mail=render("clearance_ends", "mail", language, values),
    )


def alert_coordinator(
    *, headline: str, details: Sequence[str], link: str, pool_name: str, language: Language = "de"
) -> Text:
    """Call for a coordinator's attention by e-mail; each entry of `details` is one line."""
    values = {"headline": headline, "details": list(details), "link": link, "pool_name": pool_name}
    return Text(
        subject=render("alert_coordinator", "subject", language, values),
        mail=render("alert_coordinator", "mail", language, values),
    )
