"""Weekly free times as sets of minutes: joined, cut, given back."""

from collections.abc import Iterable, Sequence

# weekday from 0, first minute and end minute of the local day
Span = tuple[int, int, int]


def joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same times in order, none of which touches another."""
    found: list[Span] = []
    for day, starts, ends in sorted(spans):
        if found and found[-1][0] == day and starts <= found[-1][2]:
            found[-1] = (day, found[-1][1], max(ends, found[-1][2]))
        else:
            found.append((day, starts, ends))
    return tuple(found)


def hold(spans: Iterable[Span], wanted: Span) -> bool:
    """Whether one of these times holds all of another."""
    return any(day == wanted[0] and starts <= wanted[1] and wanted[2] <= ends for day, starts, ends in spans)


def without(spans: Iterable[Span], taken: Span) -> tuple[Span, ...]:
    """These times without that one; what is left before and after it stays."""
    day, first, last = taken
    found: list[Span] = []
    for one in spans:
        if one[0] != day or one[2] <= first or last <= one[1]:
            found.append(one)
            continue
        found += [part for part in ((day, one[1], first), (day, last, one[2])) if part[1] < part[2]]
    return tuple(found)


def with_again(spans: Sequence[Span], given: Span) -> tuple[Span, ...]:
    """These times with that one, as one with what it touches."""
    near = [one for one in spans if one[0] == given[0] and one[1] <= given[2] and given[1] <= one[2]]
    return tuple(sorted([*(one for one in spans if one not in near), *joined([*near, given])]))
