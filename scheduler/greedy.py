"""A first answer without a solver: the weightiest and scarcest first, each with the cheapest people still free."""

from collections.abc import Sequence

from scheduler.instance import Instance, Need, Option, fixed_appointments
from scheduler.problem import Appointment
from scheduler.rules import refusals_beside


def greedy(instance: Instance) -> tuple[int, ...]:
    """Indices of chosen options; always a valid plan, within some percent of the best coverage."""
    taken = fixed_appointments(instance.problem)
    chosen: list[int] = []
    for need in sorted(instance.needs, key=_urgency):
        for index in _best(instance, need, taken):
            chosen.append(index)
            taken.setdefault(instance.options[index].mediator, []).append(need.appointment)
    return tuple(sorted(chosen))


def _urgency(need: Need) -> tuple[float, int, str]:
    return -need.appointment.weight / need.appointment.open_seats, len(need.options), need.appointment.id


def _best(instance: Instance, need: Need, taken: dict[str, list[Appointment]]) -> Sequence[int]:
    by_language: dict[str, list[int]] = {language: [] for language in need.appointment.languages}
    for index in need.options:
        option = instance.options[index]
        mediator = instance.problem.mediator[option.mediator]
        if not refusals_beside(instance.problem, mediator, need.appointment, taken.get(mediator.id, ())):
            by_language[option.language].append(index)
    if need.appointment.mediators_needed == 1:
        by_language = {need.appointment.language: [index for group in by_language.values() for index in group]}
    best: Sequence[int] = ()
    for free in by_language.values():
        people = sorted(
            free, key=lambda index: (not instance.options[index].asked, instance.options[index].cost, index)
        )
        if len(people) > len(best) and (need.appointment.partial or len(people) >= need.appointment.open_seats):
            best = people[: need.appointment.open_seats]
        if len(best) == need.appointment.open_seats:
            break
    return best


def _merit(option: Option, index: int) -> tuple[bool, int, int]:
    return not option.asked, option.cost, index
