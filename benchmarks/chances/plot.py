"""A picture: for each tenth the share that was filled over the chance that was shown."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.chances.figures import corrected, counted, tenths
from benchmarks.chances.simulation import Shown

# Okabe and Ito (2008), told apart by colour-blind readers, too; what is ours is black
WAYS = (("shown", corrected, "#000000"), ("before it is corrected", counted, "#e69f00"))


def tenths_of(shown: Sequence[Shown], path: Path) -> None:
    """Write an SVG: a panel for all requests, one for those that took the first suggestion."""
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "benchmarks", "font.size": 9})
    panels = (("all requests", shown), ("first suggestion taken", [one for one in shown if one.taken]))
    figure, axes = plt.subplots(1, len(panels), figsize=(3.8 * len(panels), 3.8), squeeze=False, sharey=True)
    for axis, (title, own) in zip(axes.flat, panels, strict=True):
        axis.plot((0, 1), (0, 1), color="#999999", linewidth=0.8)
        for name, said, colour in WAYS:
            found = tenths(own, said)
            axis.errorbar(
                [one.said for one in found],
                [one.came for one in found],
                yerr=[one.luck for one in found],
                fmt="o",
                color=colour,
                label=name,
                markersize=3.5,
                linewidth=0.7,
            )
        axis.set(title=title, xlabel="chance", xlim=(0, 1), ylim=(0, 1))
        axis.grid(visible=True, color="#e4e4e4", linewidth=0.6)
        axis.spines[["top", "right"]].set_visible(False)
    axes.flat[0].set(ylabel="filled")
    axes.flat[0].legend(frameon=False, loc="upper left")
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
