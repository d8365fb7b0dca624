"""The engine's output: who goes where, what stays open and why, and how good that is proved to be."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

from scheduler.model import checks
from scheduler.model.rules import Refusal

FORMAT = "sprachmittlerpool-plan/1"
STATUSES = ("optimal", "feasible")


@dataclass(frozen=True)
class Assigned:
    """The people of one appointment, fixed ones first, and the language they work in."""

    appointment: str
    mediators: tuple[str, ...]
    language: str

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one element of `assignments`."""
        data = checks.mapping("", value)
        checks.only(data, ("appointment", "mediators", "language"), ("appointment", "mediators", "language"))
        return cls(
            checks.name("appointment", data["appointment"]),
            checks.names("mediators", data["mediators"]),
            checks.name("language", data["language"]),
        )

    def to_json(self) -> dict[str, object]:
        """Write one element of `assignments`."""
        return {"appointment": self.appointment, "mediators": list(self.mediators), "language": self.language}


@dataclass(frozen=True)
class Uncovered:
    """An appointment that lacks people.

    `weight` is what the plan loses by it: the missing seats' share where it is partial. `reasons` counts the people of
    its language by what speaks most against each. `needs` says in English what would help.
    """

    appointment: str
    weight: float
    reasons: Mapping[Refusal, int]
    needs: str

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read one element of `uncovered`."""
        data = checks.mapping("", value)
        checks.only(data, ("appointment", "weight", "reasons", "needs"), ("appointment", "weight", "reasons", "needs"))
        reasons = checks.mapping("reasons", data["reasons"])
        return cls(
            checks.name("appointment", data["appointment"]),
            checks.number("weight", data["weight"], 0, 1_000_000),
            {
                Refusal(checks.one_of("reasons", reason, tuple(Refusal))): checks.whole(f"reasons.{reason}", count, 0)
                for reason, count in reasons.items()
            },
            checks.name("needs", data["needs"]),
        )

    def to_json(self) -> dict[str, object]:
        """Write one element of `uncovered`."""
        reasons = {refusal.value: count for refusal, count in self.reasons.items()}
        return {"appointment": self.appointment, "weight": self.weight, "reasons": reasons, "needs": self.needs}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a planning run found.

    `coverage` is the weight of what is covered (more is better), `changes` how many asked people it does without,
    `preference` the cost of the people chosen (both: less is better), in this order. Each bound is what no plan can
    beat, given the stages before it. `status` is optimal only if all three are proved, otherwise feasible. `alternates`
    lists, per appointment that is not filled by fixed people, who else could do it beside everything the plan gives
    them, cheapest first.
    """

    assignments: tuple[Assigned, ...]
    uncovered: tuple[Uncovered, ...]
    status: str
    coverage: float
    coverage_bound: float
    changes: int
    changes_bound: int
    preference: int
    preference_bound: int
    seconds: float
    seed: int
    alternates: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @cached_property
    def people(self) -> Mapping[str, tuple[str, ...]]:
        """Appointment id -> its people, for those that have any."""
        return {assigned.appointment: assigned.mediators for assigned in self.assignments}

    @classmethod
    def from_json(cls, value: object) -> Self:
        """Read the format `sprachmittlerpool-plan/1`; raises `ProblemError` with the path of the key."""
        data = checks.mapping("", value)
        checks.only(data, KEYS, KEYS[:-1])
        checks.one_of("format", data["format"], (FORMAT,))
        alternates = checks.mapping("alternates", data.get("alternates", {}))
        return cls(
            assignments=checks.each("assignments", data["assignments"], Assigned.from_json),
            uncovered=checks.each("uncovered", data["uncovered"], Uncovered.from_json),
            status=checks.one_of("status", data["status"], STATUSES),
            coverage=checks.number("coverage", data["coverage"], 0, MOST),
            coverage_bound=checks.number("coverage_bound", data["coverage_bound"], 0, MOST),
            changes=checks.whole("changes", data["changes"], 0, MOST),
            changes_bound=checks.whole("changes_bound", data["changes_bound"], 0, MOST),
            preference=checks.whole("preference", data["preference"], 0, MOST),
            preference_bound=checks.whole("preference_bound", data["preference_bound"], 0, MOST),
            seconds=checks.number("seconds", data["seconds"], 0, MOST),
            seed=checks.whole("seed", data["seed"], 0, MOST),
            alternates={key: checks.names(f"alternates.{key}", people) for key, people in alternates.items()},
        )

    def to_json(self) -> dict[str, object]:
        """Write the format `sprachmittlerpool-plan/1`."""
        return {
            "format": FORMAT,
            "status": self.status,
            "coverage": self.coverage,
            "coverage_bound": self.coverage_bound,
            "changes": self.changes,
            "changes_bound": self.changes_bound,
            "preference": self.preference,
            "preference_bound": self.preference_bound,
            "seconds": self.seconds,
            "seed": self.seed,
            "assignments": [assigned.to_json() for assigned in self.assignments],
            "uncovered": [uncovered.to_json() for uncovered in self.uncovered],
            "alternates": {appointment: list(people) for appointment, people in self.alternates.items()},
        }


MOST = 2**53
KEYS = (
    "format",
    "status",
    "coverage",
    "coverage_bound",
    "changes",
    "changes_bound",
    "preference",
    "preference_bound",
    "seconds",
    "seed",
    "assignments",
    "uncovered",
    "alternates",
)
