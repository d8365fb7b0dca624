"""What the OpenAPI document says of a view, written beside the view."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from app.api.values import Shape

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Operation:
    """Shapes of body, query and answer; `errors` are the statuses beyond those that every view may give."""

    answer: type[Shape]
    status: int = 200
    body: type[Shape] | None = None
    query: type[Shape] | None = None
    listed: bool = False
    partial: bool = False
    errors: tuple[int, ...] = ()


def operation(
    answer: type[Shape],
    status: int = 200,
    *,
    body: type[Shape] | None = None,
    query: type[Shape] | None = None,
    listed: bool = False,
    partial: bool = False,
    errors: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Document a view; its docstring's first line is the summary."""

    def mark(view: View) -> View:
        view.operation = Operation(answer, status, body, query, listed, partial, errors)  # type: ignore[attr-defined]
        return view

    return mark
