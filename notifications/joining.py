"""The words of messages to those who want to become mediators. A code is told without the name that somebody typed."""

from datetime import date

from notifications.wording import Language, Text, Values, render, short_date, sms


def code(*, code: str, minutes: int, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Tell a `code`, which helps for so many minutes."""
    return _both_ways("join_code", language, {"code": code, "minutes": minutes, "pool_name": pool_name}, contact)


def known(*, link: str, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Tell whoever registers again that they are there already; by `link` they get to their own page."""
    return _both_ways("join_known", language, {"link": link, "pool_name": pool_name}, contact)


def invitation(
    *, name: str, link: str, last_day: date, pool_name: str, contact: str = "", language: Language = "de"
) -> Text:
    """Invite somebody to join by their `link`, which opens until `last_day`."""
    values = {"name": name, "link": link, "day": short_date(last_day, language), "pool_name": pool_name}
    return _both_ways("join_invitation", language, values, contact)


def welcome(*, mediator_name: str, link: str, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Welcome a new mediator, with the `link` to their own page."""
    values = {"mediator_name": mediator_name, "link": link, "pool_name": pool_name}
    return _both_ways("join_welcome", language, values, contact)


def declined(*, name: str, pool_name: str, contact: str = "", language: Language = "de") -> Text:
    """Thank whoever cannot be taken now, and say so."""
    return _by_mail("join_declined", language, {"name": name, "pool_name": pool_name, "contact": contact})


def _both_ways(kind: str, language: Language, values: Values, contact: str) -> Text:
    mail = _by_mail(kind, language, {**values, "contact": contact})
    return Text(sms=sms(kind, language, values), subject=mail.subject, mail=mail.mail)


def _by_mail(kind: str, language: Language, values: Values) -> Text:
    return Text(subject=render(kind, "subject", language, values), mail=render(kind, "mail", language, values))
