"""Curves, drawn with matplotlib where it is installed (the extra ``plot``)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ocrpipe.files import write_whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["NO_PLOT", "draw_curves"]

NO_PLOT = (
    "the curves were not drawn: that needs matplotlib (pip install 'ocrpipe[plot]'); metrics.jsonl has the numbers"
)

History = Sequence[Mapping[str, Any]]

_SETS = {"train": ("training", "#3b6fb6"), "valid": ("validation", "#d1603d")}
_NAMES = {"loss": "loss", "accuracy": "accuracy", "psnr": "PSNR, dB"}


def draw_curves(path: Path, runs: Mapping[str, History]) -> bool:
    """Draw loss and accuracy of one run or several by epoch, training and validation: a column a run.

    Parameters
    ----------
    path : Path
        The PNG to write.
    runs : mapping
        Each run's epochs, as in ``metrics.jsonl``, by its heading.

    Returns
    -------
    bool
        False where matplotlib is not installed: nothing was drawn.
    """
    if find_spec("matplotlib") is None:
        return False
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.2 + 4 * len(runs), 6.4), layout="constrained")
    grid = figure.subplots(2, len(runs), squeeze=False, sharex="col", sharey="row")
    for column, (heading, history) in enumerate(runs.items()):
        score = "psnr" if history and "valid_psnr" in history[0] else "accuracy"
        for row, key in enumerate(("loss", score)):
            axes = grid[row][column]
            _curve(axes, history, key)
            if column == 0:
                axes.set_ylabel(_NAMES[key])
            if key == "accuracy":
                axes.set_ylim(0, 1)
        grid[0][column].set_title(heading)
        grid[1][column].set_xlabel("epoch")
    grid[0][0].legend(frameon=False)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    write_whole(path, content.getvalue())
    return True


def _curve(axes: Axes, history: History, key: str) -> None:
    """Draw one figure's two lines."""
    epochs = [figures["epoch"] for figures in history]
    for name, (heading, colour) in _SETS.items():
        axes.plot(epochs, [figures[f"{name}_{key}"] for figures in history], color=colour, label=heading)
    axes.grid(alpha=0.25)
    axes.spines[["top", "right"]].set_visible(False)
