"""Results as a table that people read and as JSON that programs read."""

import json
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.answer import seconds_until
from benchmarks.contest import Result

HEADINGS = (
    "rival", "coverage", "bound", "gap %", "changes", "preference", "its bound", "proved", "seconds",
    "to the first", "to 1 %", "to 0.1 %", "MiB",
)  # fmt: skip
NOTHING = "–"


@dataclass(frozen=True)
class Group:
    """The results of one case, side by side."""

    results: Sequence[Result]

    @property
    def case(self) -> str:
        """Its name."""
        return self.results[0].case

    @property
    def bound(self) -> float | None:
        """The best bound that anybody gave; what all gaps are taken from. None where nobody gave one."""
        return min((one.coverage_bound for one in self.results if one.coverage_bound is not None), default=None)

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Answers that are better than what another rival calls impossible: one of the two is wrong."""
        return tuple(
            f"{self.case}: {one.rival} covers {one.coverage:g}, {other.rival} says {other.coverage_bound:g} at most"
            for one in self.results
            for other in self.results
            if one.coverage is not None and other.coverage_bound is not None and one.coverage > other.coverage_bound
        )

    def gap(self, coverage: float | None) -> float | None:
        """Per cent below the best bound."""
        if coverage is None or not self.bound:
            return None
        return 100 * (self.bound - coverage) / self.bound

    def until(self, result: Result, share: float) -> float | None:
        """Seconds until the coverage of a rival was within a share of the best bound."""
        return None if self.bound is None else seconds_until(result.moments, self.bound * (1 - share))


def grouped(results: Iterable[Result]) -> list[Group]:
    """By case, in the order in which they came."""
    found: dict[str, list[Result]] = {}
    for one in results:
        found.setdefault(one.case, []).append(one)
    return [Group(group) for group in found.values()]


def table(groups: Sequence[Group]) -> str:
    """One Markdown table per case."""
    return "\n\n".join(f"### {group.case}\n\n{_table(group)}" for group in groups)


def machine() -> str:
    """What it ran on, in one line."""
    return f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}"


def save(folder: Path, name: str, groups: Sequence[Group], facts: Mapping[str, object]) -> None:
    """Write `name`.json and `name`.md."""
    results = [asdict(one) | {"best_bound": group.bound} for group in groups for one in group.results]
    data = {"machine": machine(), "facts": facts, "results": results}
    (folder / f"{name}.json").write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")
    lines = [f"# Benchmark: {name}", "", f"Measured on {machine()}.", ""]
    lines += [f"- {key}: {value}" for key, value in facts.items()]
    (folder / f"{name}.md").write_text("\n".join([*lines, "", table(groups), ""]), encoding="utf-8")


def line(result: Result) -> str:
    """One result in one line, for those who wait."""
    head = f"{result.case:>28}  {result.rival:<18}"
    if result.note:
        return head + result.note
    proved = "all proved" if result.all_proved else "coverage proved" if result.coverage_proved else ""
    coverage, preference, seconds = _number(result.coverage), _number(result.preference), _number(result.seconds, 2)
    return f"{head}{coverage:>8}{preference:>10}{seconds:>10} s  {proved}"


def _table(group: Group) -> str:
    rows = [HEADINGS, tuple("---" if index == 0 else "---:" for index in range(len(HEADINGS)))]
    rows += [_cells(group, result) for result in group.results]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _cells(group: Group, result: Result) -> tuple[str, ...]:
    if result.note:
        return (result.rival, result.note, *[""] * (len(HEADINGS) - 2))
    proved = "all" if result.all_proved else "coverage" if result.coverage_proved else "no"
    return (
        result.rival,
        _number(result.coverage),
        _number(result.coverage_bound),
        _number(group.gap(result.coverage), 2),
        _number(result.changes),
        _number(result.preference),
        _number(result.preference_bound),
        proved,
        _number(result.seconds, 2),
        _number(seconds_until(result.moments, 0), 2),
        _number(group.until(result, 0.01), 2),
        _number(group.until(result, 0.001), 2),
        _number(result.memory),
    )


def _number(value: float | None, digits: int = 0) -> str:
    if value is None:
        return NOTHING
    return f"{value:,.{digits}f}"
