"""Two pictures: texts against share filled, and learned chances against yeses seen."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.dispatch.figures import bins, figures
from benchmarks.dispatch.simulation import Course, Guess

# Okabe and Ito (2008), told apart by colour-blind readers, too; the engine is black
COLOURS = ("#e69f00", "#0072b2", "#000000", "#009e73")


def frontier(families: Mapping[str, Mapping[str, Sequence[Course]]], everybody: Sequence[Course], path: Path) -> None:
    """Write an SVG: share filled over texts per filled appointment, a line for each family of policies."""
    figure, axis = _sheet()
    for colour, (family, policies) in zip(COLOURS, families.items(), strict=True):
        points = [figures(courses) for courses in policies.values()]
        texts, shares = [one.texts for one in points], [100 * one.share for one in points]
        axis.plot(texts, shares, "o-", color=colour, label=family, markersize=4, linewidth=1.6)
    every = figures(everybody)
    axis.plot(every.texts, 100 * every.share, "s", color="#d55e00", label="everybody at once", markersize=6)
    axis.axvline(every.texts / 2, color="#d55e00", linewidth=0.8, linestyle=":")
    axis.set(xlabel="texts per filled appointment (dotted: half of everybody's)", ylabel="% filled before the deadline")
    _finish(figure, axis, path)


def calibration(guesses: Sequence[Guess], path: Path) -> None:
    """Write an SVG: how often a yes was seen over the learned chance, with 95 per cent intervals and the counts."""
    figure, axis = _sheet()
    found = bins(guesses)
    axis.plot((0, 1), (0, 1), color="#999999", linewidth=0.8)
    judged, seen = [one.judged for one in found], [one.seen for one in found]
    errors = [[one.seen - one.low for one in found], [one.high - one.seen for one in found]]
    axis.errorbar(judged, seen, yerr=errors, fmt="o", color="#000000", markersize=4, capsize=3, label="learned")
    for one in found:
        axis.annotate(
            f"{one.count:,}", (one.judged, one.low), (0, -10), textcoords="offset points", ha="center", size=7
        )
    axis.set(xlabel="learned chance of a yes", ylabel="yes seen", xlim=(0, 1), ylim=(0, 1))
    _finish(figure, axis, path)


def _sheet() -> tuple[Figure, Axes]:
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 9})
    sheet: tuple[Figure, Axes] = plt.subplots(figsize=(6.0, 4.0))
    return sheet


def _finish(figure: Figure, axis: Axes, path: Path) -> None:
    axis.grid(visible=True, color="#e4e4e4", linewidth=0.6)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, loc="lower right")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
