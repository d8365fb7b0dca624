"""What somebody says of themselves who wants to become a mediator, and everything that can be wrong with it."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import FieldProblem
from app.models import MODES
from app.registry.mediator_data import MediatorData, check_values


@dataclass(frozen=True)
class ApplicationData:
    """An application as somebody may have typed it: check() says what is wrong. `skills` are (language, level)."""

    name: str
    phone: str
    email: str
    skills: tuple[tuple[str, str], ...] = ()
    modes: tuple[str, ...] = MODES
    # a postcode or a town
    place: str = ""
    locale: str = "de"
    consents: bool = False


def check(data: ApplicationData) -> list[FieldProblem]:
    """Everything that is wrong, field by field; empty if nothing."""
    return [*_check_mediator(data), *_check_needed(data)]


def _check_mediator(data: ApplicationData) -> Iterable[FieldProblem]:
    """What could not be said of a mediator either."""
    about = MediatorData(
        data.name, data.phone, data.email, locale=data.locale, skills=data.skills, modes=data.modes,
        home_district=data.place,
    )  # fmt: skip
    for one in check_values(about):
        if one.field == "phone" and not data.phone.strip():
            yield FieldProblem("phone", "required")
        elif one.field == "home_district":
            yield FieldProblem("place", one.code, one.params)
        else:
            yield one


def _check_needed(data: ApplicationData) -> Iterable[FieldProblem]:
    """What coordinators may leave open, but whoever comes by themselves says."""
    if not data.email.strip():
        yield FieldProblem("email", "required")
    if not data.place.strip():
        yield FieldProblem("place", "required")
    if not data.consents:
        yield FieldProblem("consents", "consent_needed")
