"""Two pictures: coverage over time for each case, and how seconds and gaps grow with the size."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from benchmarks.contest import RIVALS, Result
from benchmarks.report import Group

# Okabe and Ito (2008), told apart by colour-blind readers, too; the engine alone is black
COLOURS = dict(zip(RIVALS, ("#999999", "#56b4e9", "#0072b2", "#009e73", "#e69f00", "#000000"), strict=True))
# what is nearer to the best bound is drawn here
LEAST_GAP = 0.01
MOST_GAP = 100.0
LEAST_SECONDS = 0.01
# how near is near enough for the picture of growth
NEAR = 0.01


def over_time(groups: Sequence[Group], path: Path, columns: int = 2) -> None:
    """Write an SVG: for each case the gap to the best bound over seconds, both on logarithmic axes."""
    columns = min(columns, len(groups))
    figure, axes = _sheet(-(-len(groups) // columns), columns)
    for axis, group in zip(axes, groups, strict=False):
        _over_time(axis, group)
    for axis in axes[len(groups) :]:
        axis.set_visible(False)
    _finish(figure, axes, path)


def growth(groups: Sequence[Group], path: Path) -> None:
    """Write an SVG: seconds to within 1 % of the best bound and the gap left at the end, over appointments.

    Where there are several cases of one size, the median; a hollow mark is a rival that did not get there in its time.
    """
    figure, axes = _sheet(1, 2)
    for rival in RIVALS:
        own = [(group, one) for group in groups for one in group.results if one.rival == rival and not one.note]
        sizes = sorted({one.appointments for _, one in own})
        if sizes:
            same = [[pair for pair in own if pair[1].appointments == size] for size in sizes]
            _line(axes[0], rival, sizes, [_seconds(pairs) for pairs in same])
            gaps = [(median(_percent(group, one.coverage) for group, one in pairs), True) for pairs in same]
            _line(axes[1], rival, sizes, gaps)
    axes[0].set(yscale="log", title="seconds to within 1 % of the best bound", xlabel="appointments")
    axes[0].yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
    axes[1].set(title="below the best bound at the end", xlabel="appointments")
    _percents(axes[1])
    for axis in axes:
        axis.set_xscale("log")
        axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axis.xaxis.set_minor_formatter(NullFormatter())
    _finish(figure, axes, path)


def _sheet(rows: int, columns: int) -> tuple[Figure, list[Axes]]:
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 9})
    figure, axes = plt.subplots(rows, columns, figsize=(5.0 * columns, 3.2 * rows + 0.4), squeeze=False)
    return figure, list(axes.flat)


def _finish(figure: Figure, axes: Sequence[Axes], path: Path) -> None:
    drawn: dict[str, Any] = {}
    for axis in axes:
        axis.grid(visible=True, which="major", color="#e4e4e4", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
        drawn |= {label: line for line, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    shown = [rival for rival in RIVALS if rival in drawn]
    height = 0.35 / figure.get_figheight()
    figure.legend([drawn[one] for one in shown], shown, loc="lower center", ncols=6, frameon=False)
    figure.tight_layout(rect=(0, height, 1, 1))
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def _over_time(axis: Axes, group: Group) -> None:
    limit = max(max(one.limit, one.seconds or 0) for one in group.results)
    for result in group.results:
        points = [(max(LEAST_SECONDS, one.seconds), _percent(group, one.coverage)) for one in result.moments]
        if points:
            seconds, gaps = zip(*points, (limit, points[-1][1]), strict=True)
            axis.step(seconds, gaps, where="post", label=result.rival, **_style(result.rival))
            axis.plot(seconds[0], gaps[0], "o", color=COLOURS[result.rival], markersize=3.5)
    bound = "no bound" if group.bound is None else f"best bound {group.bound:,.0f}"
    axis.set(xscale="log", title=f"{group.case} ({bound})")
    axis.set_xlim(LEAST_SECONDS, limit)
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g} s"))
    _percents(axis)


def _percents(axis: Axes) -> None:
    axis.set(yscale="log", ylabel="below the best bound")
    axis.set_ylim(LEAST_GAP / 1.4, MOST_GAP * 1.4)
    axis.yaxis.set_major_formatter(
        FuncFormatter(lambda value, _: f"≤ {value:g} %" if value == LEAST_GAP else f"{value:g} %")
    )


def _line(axis: Axes, rival: str, sizes: Sequence[int], points: Sequence[tuple[float, bool]]) -> None:
    axis.plot(sizes, [value for value, _ in points], label=rival, **_style(rival))
    for size, (value, reached) in zip(sizes, points, strict=True):
        inside = COLOURS[rival] if reached else "white"
        axis.plot(size, value, "o", color=COLOURS[rival], markerfacecolor=inside, markersize=5)


def _style(rival: str) -> dict[str, Any]:
    return {"color": COLOURS[rival], "linewidth": 2.4 if rival == "engine" else 1.4}


def _seconds(pairs: Sequence[tuple[Group, Result]]) -> tuple[float, bool]:
    """Until within 1 %, and whether all got there; who did not counts with the time it took to end."""
    until = [group.until(one, NEAR) for group, one in pairs]
    ended = [max(one.limit, one.seconds or 0) for _, one in pairs]
    counted = [end if seconds is None else seconds for seconds, end in zip(until, ended, strict=True)]
    return max(LEAST_SECONDS, median(counted)), None not in until


def _percent(group: Group, coverage: float | None) -> float:
    gap = group.gap(coverage)
    return MOST_GAP if gap is None else min(MOST_GAP, max(LEAST_GAP, gap))
