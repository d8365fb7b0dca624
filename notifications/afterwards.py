"""The words of messages about what has been: the question how it was, and thanks that are passed on."""

from datetime import datetime

from notifications.wording import Language, Occasion, Text, coarse, mail, render, short_date, sms


def afterwards_requester(
    occasion: Occasion, *, link: str, others: int, until: datetime, pool_name: str, language: Language = "de"
) -> Text:
    """Ask staff how it was; `others` counts further appointments the page leads to, `until` is how long it is open."""
    day = short_date(until.astimezone(occasion.zone).date(), language)
    values = {"link": link, "others": others, "until": day, "pool_name": pool_name}
    return mail("afterwards_requester", occasion, language, values)


def thanks_choice(choice: str, *, language: Language = "de") -> str:
    """Say one of the ready-made thanks: help, calm, short_notice or again."""
    return render("thanks_choice", "line", language, {"choice": choice})


def thanks(
    occasion: Occasion,
    *,
    mediator_name: str,
    choice: str,
    own: str,
    organisation: str,
    link: str,
    pool_name: str,
    language: Language = "de",
) -> Text:
    """Pass thanks on to a mediator: a ready-made sentence, and by e-mail `own` words; `link` leads to all of it."""
    said = thanks_choice(choice, language=language) if choice else ""
    values = {
        "mediator_name": mediator_name, "said": said, "own": own, "organisation": organisation, "link": link,
        "pool_name": pool_name,
    }  # fmt: skip
    written = mail("thanks", occasion, language, values)
    brief = sms("thanks", language, {**coarse(occasion, language), "said": said, "link": link})
    return Text(sms=brief, subject=written.subject, mail=written.mail)
