"""What assignments are worth: coverage, then changes, then preference."""

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from scheduler.model.plan import Assigned
from scheduler.model.problem import Appointment, Problem
from scheduler.tables.preferences import Preferences


@dataclass(frozen=True)
class Score:
    """The three figures of a plan; `rank` compares them in their order."""

    coverage: Fraction
    changes: int
    preference: int

    @property
    def rank(self) -> tuple[Fraction, int, int]:
        """More is better."""
        return self.coverage, -self.changes, -self.preference


def score(problem: Problem, assignments: Iterable[Assigned], preferences: Preferences) -> Score:
    """Coverage counts fixed people, preference does not: nobody can choose them."""
    coverage, preference, kept = Fraction(0), 0, 0
    for assigned in assignments:
        appointment = problem.appointment[assigned.appointment]
        coverage += covered_weight(appointment, len(assigned.mediators))
        for person in assigned.mediators:
            kept += person in appointment.asked
            if person not in appointment.fixed:
                preference += preferences.cost(problem.mediator[person], appointment, assigned.language)
    asked = sum(len(appointment.asked) for appointment in problem.appointments)
    return Score(coverage, asked - kept, preference)


def covered_weight(appointment: Appointment, people: int) -> Fraction:
    """The weight an appointment yields with so many people: all of it, its share if partial, else nothing."""
    if people >= appointment.mediators_needed:
        return Fraction(appointment.weight)
    return Fraction(appointment.weight * people, appointment.mediators_needed) if appointment.partial else Fraction(0)


def total_weight(problem: Problem) -> Fraction:
    """The coverage of a plan that lacks nobody."""
    return Fraction(sum(appointment.weight for appointment in problem.appointments))


def figure(value: Fraction) -> float:
    """A fraction as it is written: whole where it is whole."""
    return value.numerator if value.denominator == 1 else float(value)


def fixed_weight(problem: Problem) -> Fraction:
    """The coverage that fixed people already give."""
    return sum((covered_weight(one, len(one.fixed)) for one in problem.appointments), Fraction(0))
