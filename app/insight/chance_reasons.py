"""Why a request has no good chance: what stands in the way of most of the people who speak its language."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from app.insight.chance_input import ChanceInput
from app.insight.chances import Reason, Why
from scheduler.model import rules
from scheduler.model.rules import Refusal

# with less time than this for answers, that is what is wrong first of all
SHORT_NOTICE: Final = timedelta(hours=3)
# of so few, a single no decides
FEW: Final = 3


_LIMITS: Final = {
    Refusal.DAY_COUNT, Refusal.DAY_MINUTES, Refusal.WEEK_COUNT, Refusal.WEEK_MINUTES,
}  # fmt: skip


def why(known: ChanceInput, eligible: int) -> Why:
    """The main reason why the chance is not good."""
    found = Counter(_reasons(known))
    speakers = found.total() + eligible
    if not speakers:
        return Why(Reason.NOBODY, 0, 0)
    if eligible and known.wanted.starts - known.limits.now < SHORT_NOTICE:
        return Why(Reason.SHORT_NOTICE, speakers, 0)
    most = found.most_common(1)
    if most and most[0][1] * 2 >= speakers - eligible and most[0][1] >= eligible:
        return Why(most[0][0], speakers, most[0][1])
    return Why(Reason.FEW if eligible <= FEW else Reason.SELDOM, speakers, 0)


def _reasons(known: ChanceInput) -> Iterator[Reason]:
    """For each speaker who cannot come: why not, first of all."""
    problem, wanted = known.problem, known.wanted
    taken: dict[str, list[str]] = {}
    for one in known.held:
        taken.setdefault(one.mediators[0], []).append(one.appointment)
    for row, person in zip(known.people, problem.mediators, strict=True):
        if rules.lacks_language(problem, person, wanted):
            continue
        others = [problem.appointment[one] for one in taken.get(person.id, ())]
        given = rules.refusals_given(problem, person, wanted, others)
        if row.id in known.uncleared:
            yield Reason.UNCLEARED
        elif given:
            yield Reason.BUSY if given[0] in _LIMITS else Reason(given[0].value)
