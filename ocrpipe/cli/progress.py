"""How a training goes on, told on stderr: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.progress import Progress

    from ocrpipe.train.engine import Watch

Figures = dict[str, Any]


def in_words(figures: Figures) -> str:
    """Return an epoch's figures as one line.

    Examples
    --------
    >>> in_words({"epoch": 3, "train_loss": 1.25, "train_accuracy": 0.5, "valid_loss": 1.5, "valid_accuracy": 0.25})
    'loss 1.250 (validation 1.500), accuracy 0.500 (validation 0.250)'
    """
    score = "psnr" if "valid_psnr" in figures else "accuracy"
    parts = [(key, figures[f"train_{key}"], figures[f"valid_{key}"]) for key in ("loss", score)]
    return ", ".join(f"{key} {train:.3f} (validation {valid:.3f})" for key, train, valid in parts)


class Lines:
    """Writes a line for each epoch."""

    def __init__(self, name: str, epochs: int) -> None:
        self.name, self.epochs = name, epochs

    def going(self, epoch: int, share: float, figures: Figures) -> None:
        """Say nothing within an epoch."""

    def epoch(self, figures: Figures) -> None:
        """Write the epoch's line."""
        sys.stderr.write(f"{self.name} epoch {figures['epoch']}/{self.epochs}: {in_words(figures)}\n")
        sys.stderr.flush()


class Bar:
    """Moves a bar, with the loss and the score of what was just learned."""

    def __init__(self, progress: Progress, name: str, epochs: int) -> None:
        self.progress = progress
        self.task = progress.add_task(name, total=float(epochs), said="")

    def going(self, epoch: int, share: float, figures: Figures) -> None:
        """Move within an epoch."""
        said = "  ".join(f"{key} {value:.3f}" for key, value in figures.items())
        self.progress.update(self.task, completed=epoch - 1 + share, said=said)

    def epoch(self, figures: Figures) -> None:
        """Show the whole epoch's figures, validation included."""
        self.progress.update(self.task, completed=float(figures["epoch"]), said=in_words(figures))


@contextmanager
def watching(name: str, epochs: int) -> Iterator[Watch]:
    """Yield who tells how a training goes on."""
    if not sys.stderr.isatty():
        yield Lines(name, epochs)
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed:.1f}/{task.total:.0f} epochs")
    with Progress(
        *columns, TimeRemainingColumn(), TextColumn("{task.fields[said]}"), console=Console(stderr=True)
    ) as progress:
        yield Bar(progress, name, epochs)
