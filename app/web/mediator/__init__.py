"""What mediators see behind their links, without a login: a question, their own page, their calendar."""

from app.web.mediator import (
    answers,
    asking,
    away,
    calendars,
    fitting_page,
    joining,
    joining_codes,
    manifest,
    own_page,
    own_record,
    settings,
    times,
)
from app.web.mediator.blueprint import pages

__all__ = [
    "answers",
    "asking",
    "away",
    "calendars",
    "fitting_page",
    "joining",
    "joining_codes",
    "manifest",
    "own_page",
    "own_record",
    "pages",
    "settings",
    "times",
]
