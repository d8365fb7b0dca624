"""What people type and choose, on every form: cleaned, read, offered."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime, time
from http import HTTPStatus
from typing import Final, NamedTuple

from flask import request
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms import Form, ValidationError

from app.errors import FieldProblem
from app.models import Mediator, MediatorStatus, Skill, languages
from app.models.languages import Language
from app.versions import version_of
from app.web.pages import locale, sentence

CLOCK: Final = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2}(?:\.[0-9]{1,6})?)?")


class LanguageOption(NamedTuple):
    """What a form offers: code, name, other words for it, and a word of warning, empty where none is needed.

    `asks` says that the form has to ask which of several languages is meant.
    """

    code: str
    name: str
    aliases: list[str]
    note: str = ""
    asks: bool = False


def clean(text: str | None) -> str | None:
    """What was typed, without the control characters that no database keeps and nobody sees."""
    if text is None:
        return None
    kept = (one for one in text if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cs"})
    return "".join(kept).strip()


def parse_day(text: str) -> date:
    """A day as browsers send it, or as people write it: 2026-12-01 or 1.12.2026. Raises ValueError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return datetime.strptime(text, "%d.%m.%Y").date()  # noqa: DTZ007 - a day has no zone


def parse_clock(text: str) -> time:
    """A time of day: 10:00 or 10.00, perhaps with the seconds that some browsers send. Raises ValueError."""
    found = CLOCK.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return time(int(found[1]), int(found[2]))


def readable(parse: Callable[[str], object], text: str | None, key: str) -> None:
    """For a validator of WTForms: nothing, or ValidationError with the words of `key` where it cannot be parsed."""
    try:
        parse(text or "")
    except ValueError as error:
        raise ValidationError(_(key)) from error


def seen_now(values: object, status: int) -> str:
    """The mark of what is saved, for a form to send back; what comes back with it keeps it, unless it was too late."""
    kept = request.form.get("seen") if status != HTTPStatus.CONFLICT else None
    return kept or version_of(values)


def language_options(
    *, empty: str, spoken: Collection[str] | None = None, macros: bool = False
) -> list[LanguageOption]:
    """Everything but German by name; `empty` is the word for no choice.

    Languages that are not among those `spoken` in the pool carry a note that says so. Macro-languages are offered only
    where the form asks which of their members is meant.
    """
    offered = [one for one in languages.languages() if one.code != "deu" and (macros or not one.members)]
    named = sorted(((one.name(locale()), one) for one in offered), key=lambda pair: languages.plain(pair[0]))
    return [
        LanguageOption("", empty, []),
        *(
            LanguageOption(
                one.code, name, [word for word in one.words if word != name], _note(one, spoken), bool(one.members)
            )
            for name, one in named
        ),
    ]


def _note(one: Language, spoken: Collection[str] | None) -> str:
    if spoken is None or any(code in spoken for code in one.members or (one.code,)):
        return ""
    return str(_("layout.language.nobody"))


def spoken_languages(rows: Session) -> set[str]:
    """The languages of everybody in the pool who can be asked."""
    asked = (Mediator.status == MediatorStatus.ACTIVE) & Mediator.opted_out_at.is_(None)
    return set(
        rows.scalars(select(Skill.language).join(Mediator, Skill.mediator_id == Mediator.id).where(asked).distinct())
    )


def show(form: Form, problems: Sequence[FieldProblem], names: Mapping[str, str]) -> None:
    """Put the sentences for problems of the journey at their fields, unless the form itself has found something there.

    `names` where a field is called otherwise.
    """
    said_already = {one.name for one in form if one.errors}
    for problem in problems:
        name = names.get(problem.field, problem.field)
        if name in said_already:
            continue
        said = sentence(problem.code, dict(problem.params))
        if name in form and said not in form[name].errors:
            form[name].errors = [*form[name].errors, said]
        elif name not in form:
            form.form_errors.append(said)
