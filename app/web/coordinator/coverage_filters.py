"""The filters of /coverage: read from the address, offered as choices, told in words."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import request
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.insight.narrowing import Narrowing, asked_for
from app.models import GENDERS, MODES, languages
from app.models.topics import topic_name, topics
from app.web.pages import locale

# what the lists of languages and districts are made of
LOOK_BACK, LOOK_AHEAD = timedelta(weeks=12), timedelta(weeks=4)
LONGEST_SHOWN: Final = 40
Choice = tuple[str, str]


@dataclass(frozen=True)
class Filters:
    """What is looked at, what else could be, and what the address asks for that there is not: (filter, value)."""

    narrowed: Narrowing
    choices: Mapping[str, list[Choice]]
    unknown: tuple[tuple[str, str], ...] = ()

    @property
    def given(self) -> dict[str, str]:
        """The filters that are used, as an address names them."""
        return {name: value for name, value in asdict(self.narrowed).items() if value}

    @property
    def words(self) -> list[str]:
        """The values that are used, as the screen calls them."""
        return [dict(self.choices[name])[value] for name, value in self.given.items()]

    @property
    def complaints(self) -> list[str]:
        """A sentence for each value that there is not."""
        return [
            str(_("coordinator.coverage.no_such_filter", filter=label(name), value=value))
            for name, value in self.unknown
        ]


def read(rows: Session, now: datetime) -> Filters:
    """The filters of this request; a value that there is not is left out."""
    found = asked_for(rows, now - LOOK_BACK, now + LOOK_AHEAD)
    asked = {name: request.args.get(name, "").strip() for name in asdict(Narrowing())}
    spoken = {*found.get("language", ()), *([asked["language"]] if languages.find(asked["language"]) else ())}
    choices = {
        "language": _sorted((one, languages.name(one, locale())) for one in spoken),
        "district": _sorted((one, one) for one in found.get("district", ())),
        "topic": [(one, topic_name(one, locale())) for one in topics()],
        "mode": [(one, str(_(f"coordinator.mode.{one}"))) for one in MODES],
        "gender": [(one, str(_(f"coordinator.coverage.gender.{one}"))) for one in GENDERS],
    }
    unknown = {name: value for name, value in asked.items() if value and value not in dict(choices[name])}
    known = {name: value for name, value in asked.items() if name not in unknown}
    return Filters(Narrowing(**known), choices, tuple((name, value[:LONGEST_SHOWN]) for name, value in unknown.items()))


def label(name: str) -> str:
    """What a filter is called."""
    return str(_(f"coordinator.coverage.filter.{name}"))


def _sorted(choices: Iterable[Choice]) -> list[Choice]:
    return sorted(choices, key=lambda one: languages.plain(one[1]))
