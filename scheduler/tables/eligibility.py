"""The hard rules of `rules` for one appointment and many people at once.

Each predicate is named after the refusal it stands for and says of every person what its namesake in `rules` says; a
test compares them pair by pair.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TypeAlias

import numpy as np

from scheduler.model.participants import GENDERS, LEVELS, MODES, Appointment
from scheduler.model.rules import Refusal, open_languages
from scheduler.tables.arrays import NONE, Bools, Floats, Ints, Tables, seconds_of

Predicate: TypeAlias = Callable[[Tables, Ints, Appointment], Bools]


def speakers(tables: Tables, appointment: Appointment) -> Ints:
    """Everybody who speaks a language it can be held in, at any level, in the order of the problem."""
    found = [tables.speakers[code] for code in _codes(tables, open_languages(tables.problem, appointment))]
    if len(found) == 1:
        return found[0]
    return np.unique(np.concatenate(found)) if found else np.zeros(0, np.int64)


def fitting(tables: Tables, people: Ints, appointment: Appointment) -> Ints:
    """Those among `people` against whom nothing speaks, other appointments left aside."""
    return _spared(PAIRWISE, tables, people, appointment)


def fitting_its_kind(tables: Tables, people: Ints, appointment: Appointment) -> Ints:
    """Those against whom its languages, level, gender and mode do not speak: the same for all that ask for these."""
    return _spared(OF_ITS_KIND, tables, people, appointment)


def fitting_beyond_its_kind(tables: Tables, people: Ints, appointment: Appointment) -> Ints:
    """Those of `fitting_its_kind` against whom its time, its place and its own wishes do not speak either."""
    return _spared(OF_ITS_OWN, tables, people, appointment)


def _spared(refusals: Mapping[Refusal, Predicate], tables: Tables, people: Ints, appointment: Appointment) -> Ints:
    for predicate in refusals.values():
        if not len(people):
            break
        people = people[~predicate(tables, people, appointment)]
    return people


def usable(tables: Tables, people: Ints, appointment: Appointment) -> Iterable[tuple[str, Bools]]:
    """Each language it can be held in, best first, and which of these people could work in it."""
    least = NONE if appointment.min_level is None else LEVELS.index(appointment.min_level)
    for language in open_languages(tables.problem, appointment):
        code = tables.languages.get(language)
        if code is not None:
            yield language, tables.levels[code, people] >= max(least, 0)


def home_minutes(tables: Tables, people: Ints, appointment: Appointment) -> Floats:
    """Minutes from each home to the appointment; 0 by phone or video, or where no home is known."""
    site = tables.site_of(appointment)
    if site == NONE:
        return np.zeros(len(people))
    homes = tables.homes[people]
    return np.where(homes == NONE, 0.0, tables.ways.to(site)[homes])


def lacks_language(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """They speak neither the language nor an accepted one."""
    codes = _codes(tables, open_languages(tables.problem, appointment))
    spoken: Bools = np.any(tables.levels[codes][:, people] != NONE, axis=0)
    return ~spoken


def below_level(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """They speak a language of it, but none at the level wanted."""
    if appointment.min_level is None:
        return np.zeros(len(people), bool)
    codes = _codes(tables, open_languages(tables.problem, appointment))
    best = tables.levels[codes][:, people].max(axis=0, initial=NONE)
    below: Bools = (best != NONE) & (best < LEVELS.index(appointment.min_level))
    return below


def of_other_gender(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """A gender is wished for and theirs is another, or not known."""
    if appointment.gender is None:
        return np.zeros(len(people), bool)
    other: Bools = tables.genders[people] != GENDERS.index(appointment.gender)
    return other


def not_in_this_mode(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """They do not work on site, by phone or by video."""
    works: Bools = tables.works[MODES.index(appointment.mode), people]
    return ~works


def is_unavailable(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """They have no free time that holds all of it, or it has already started."""
    starts, ends = seconds_of(appointment.starts), seconds_of(appointment.ends)
    if starts < tables.now:
        return np.ones(len(people), bool)
    return ~tables.free(people, starts, ends)


def is_too_far(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """The way from home is longer than they, or the pool, allow."""
    return home_minutes(tables, people, appointment) > tables.farthest[people]


def is_uncleared(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """On its day they lack a proof that is asked for."""
    return _are_named(people, tables.uncleared.get(appointment.id))


def is_excluded(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """They are not to take this one."""
    return _are_named(people, tables.shunned.get(appointment.id))


def is_no_candidate(tables: Tables, people: Ints, appointment: Appointment) -> Bools:
    """Only others are considered."""
    if appointment.candidates is None:
        return np.zeros(len(people), bool)
    return ~np.isin(people, [tables.person[one] for one in appointment.candidates])


# in the order of `Refusal`
OF_ITS_KIND: Mapping[Refusal, Predicate] = {
    Refusal.LANGUAGE: lacks_language,
    Refusal.LEVEL: below_level,
    Refusal.GENDER: of_other_gender,
    Refusal.MODE: not_in_this_mode,
}
OF_ITS_OWN: Mapping[Refusal, Predicate] = {
    Refusal.UNCLEARED: is_uncleared,
    Refusal.UNAVAILABLE: is_unavailable,
    Refusal.TOO_FAR: is_too_far,
    Refusal.EXCLUDED: is_excluded,
    Refusal.NOT_CANDIDATE: is_no_candidate,
}
PAIRWISE: Mapping[Refusal, Predicate] = {**OF_ITS_KIND, **OF_ITS_OWN}


def _are_named(people: Ints, named: list[int] | None) -> Bools:
    return np.isin(people, named) if named else np.zeros(len(people), bool)


def _codes(tables: Tables, languages: Iterable[str]) -> list[int]:
    return [tables.languages[one] for one in languages if one in tables.languages]
