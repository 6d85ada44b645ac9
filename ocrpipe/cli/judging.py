"""What the verbs `eval`, `compare` and `tune` have in common: options, and figures as text."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from ocrpipe.evaluate.compare import Task
    from ocrpipe.evaluate.score import Interval
    from ocrpipe.pipeline import Pipeline

PAUSE = 10.0
"""Seconds between two plain lines at least."""

FEW = 10
"""Below so many pages it is said that intervals are too narrow."""

IgnoreCase = Annotated[bool, typer.Option("--ignore-case", help="Capitals count as small letters.")]
IgnoreSpaces = Annotated[
    bool, typer.Option("--ignore-spaces", help="Spaces and line breaks do not count as characters.")
]
IgnorePunctuation = Annotated[bool, typer.Option("--ignore-punctuation", help="Punctuation does not count.")]
IgnoreLongS = Annotated[
    bool, typer.Option("--ignore-long-s", help="The long s counts as s, and ligatures as their letters.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Pages = Annotated[
    list[str], typer.Argument(metavar="PAGES", help="Images or PDFs, folders, patterns.", show_default=False)
]
Truth = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        help="Where page.txt (or .json, ALTO, PAGE, hOCR) says what is on page.jpg.",
        show_default="beside each page",
    ),
]


def tasks_of_inputs(inputs: list[str], truth: Path | None, pipeline: Pipeline) -> list[Task]:
    """Return the pages whose truth is known; of the others it is said that they are left out.

    Raises
    ------
    InputError
        If something was named that cannot be read, or nothing has a truth.
    """
    from ocrpipe.cli.output import say
    from ocrpipe.evaluate.compare import tasks_of
    from ocrpipe.inputs import find_inputs

    found = find_inputs(dict.fromkeys(inputs), None, pipeline.takes)
    for problem in found.problems:
        raise problem
    tasks, strays = tasks_of(found.documents, truth)
    for stray in strays:
        say(f"{stray}: has no truth; left out")
    return tasks


class Lines:
    """Tells how far something is in plain lines, of which there are never many."""

    def __init__(self, total: int) -> None:
        self.total = total
        self.told = monotonic()

    def __call__(self, done: int, best: str = "") -> None:
        """Tell that so many are done, at the end and now and then."""
        from ocrpipe.cli.output import say

        if done == self.total or monotonic() - self.told >= PAUSE:
            say(f"{done} of {self.total} files" + (f", best so far {best}" if best else ""))
            self.told = monotonic()


@contextmanager
def watching(what: str, total: int) -> Iterator[Callable[..., object]]:
    """Yield who tells on stderr how many files are done, and the best so far: by a bar on a terminal, else by lines."""
    if not sys.stderr.isatty():
        yield Lines(total)
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(20), MofNCompleteColumn(), TimeRemainingColumn()
    best_so_far = TextColumn("{task.fields[best]}")
    with Progress(*columns, best_so_far, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=total, best="")
        yield lambda done, best="": progress.update(task, completed=done, best=escape(best and f"best so far {best}"))


def percent(share: float | None) -> str:
    """Return a share as text; a dash where there is none.

    Examples
    --------
    >>> percent(0.0256), percent(-0.00001), percent(None)
    ('2.56%', '0.00%', '-')
    """
    return "-" if share is None else f"{round(share, 4) + 0:.2%}"  # + 0: no minus before a zero


def between(interval: Interval | None) -> str:
    """Return an interval as text; nothing where there is none.

    Examples
    --------
    >>> between((0.01, 0.025))
    '1.00% to 2.50%'
    """
    return f"{percent(interval[0])} to {percent(interval[1])}" if interval else ""


def caution(pages: int) -> str:
    """Return what is to be said of intervals that so few pages give; nothing where they are enough."""
    few = 1 < pages < FEW
    return f"only {pages} pages: others like these may well lie outside the intervals" if few else ""
