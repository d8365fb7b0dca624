"""A picture: for each town what was foretold over what came, with ranges; beside it what counting would have said."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.forecast.backtest import Trial
from benchmarks.forecast.figures import COUNTING, FORECAST, said, span

# Okabe and Ito (2008), told apart by colour-blind readers, too; what is ours is black
COLOURS = {FORECAST: "#000000", COUNTING: "#e69f00"}


def totals(trials: Mapping[str, Sequence[Trial]], path: Path) -> None:
    """Write an SVG: a panel for each kind of town, totals in four weeks over the truth's mean, 80 % ranges."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 9})
    figure, axes = plt.subplots(1, len(trials), figsize=(3.6 * len(trials), 3.8), squeeze=False, sharey=True)
    for axis, (kind, own) in zip(axes.flat, trials.items(), strict=True):
        came = [one.truth.total for one in own]
        ends = (min(came, default=0), max(came, default=1))
        axis.plot(ends, ends, color="#999999", linewidth=0.8)
        for way, colour in COLOURS.items():
            means, spans = [said(one, way).total for one in own], [span(one, way) for one in own]
            reach = [[abs(mean - end[side]) for mean, end in zip(means, spans, strict=True)] for side in (0, 1)]
            axis.errorbar(came, means, yerr=reach, fmt="o", color=colour, label=way, markersize=3.5, linewidth=0.7)
        axis.set(title=kind, xlabel="unfilled in truth, mean of four weeks")
        axis.grid(visible=True, color="#e4e4e4", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    axes.flat[0].set(ylabel="foretold, with the 80 % range")
    axes.flat[0].legend(frameon=False, loc="upper left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
