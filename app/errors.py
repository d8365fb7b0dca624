"""What can go wrong on the journey, without HTTP numbers and without words in any language.

Each error carries a code; the edges look the sentence up in their catalogue (`error.<code>`).
"""

import dataclasses
from collections.abc import Mapping, Sequence


class JourneyError(Exception):
    """Something the person at the edge can be told in a sentence."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, object] = params

    def __str__(self) -> str:
        """The code with its parameters, for logs."""
        listed = ", ".join(f"{key}={value}" for key, value in self.params.items())
        return f"{self.code}({listed})" if listed else self.code


@dataclasses.dataclass(frozen=True)
class FieldProblem:
    """One field that cannot be taken as it is: its name, a code for the sentence, and what the sentence mentions."""

    field: str
    code: str
    params: Mapping[str, object] = dataclasses.field(default_factory=dict)


class Invalid(JourneyError):
    """Input that names its fields; nothing was changed."""

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__("invalid", fields=", ".join(problem.field for problem in problems))
        self.problems = tuple(problems)


class NotFound(JourneyError):
    """There is no such row in this pool."""


class AlreadyTaken(JourneyError):
    """All seats of the appointment are filled; the answer came second."""


class AlreadyMediator(JourneyError):
    """Somebody of the pool is reached there already."""


class NoLongerOpen(JourneyError):
    """The question has ended: expired, withdrawn, already answered, or the appointment is cancelled or over."""


class ChangedMeanwhile(JourneyError):
    """Somebody else has changed it since it was shown; nothing was changed now."""


class Busy(JourneyError):
    """The mediator has another assignment at that time."""


class IllegalTransition(JourneyError):
    """A state that cannot follow the present one."""


class NoPool(JourneyError):
    """A query of a tenant's rows without saying whose; always a fault of the program."""


class ForeignRow(JourneyError):
    """A row of another pool in a session bound to this one; always a fault of the program."""
