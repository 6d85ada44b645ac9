"""How a run goes on, told on stderr: a bar on a terminal, a few plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ocrpipe.batch import Batch
    from ocrpipe.runs.job import Done

FIRST_LINE = 30.0
"""Seconds until the first plain line; the next come after twice the time, and so on, but at least once in `LINES`."""

LINES = 600.0
"""Seconds between two plain lines at most."""

SLOW = 5.0
"""Seconds from which a page is slow."""


class Going:
    """What is done so far.

    Parameters
    ----------
    documents
        How many there are.
    """

    def __init__(self, documents: int) -> None:
        self.documents = documents
        self.batch: Batch | None = None
        self.start = monotonic()
        self.pages = self.failed = self.over = 0

    def __call__(self, done: Done) -> None:
        """Note a page that is done."""
        self.pages += 1
        self.failed += done.outcome is not None and done.outcome.page is None
        self.over = done.place

    def in_words(self, now: float) -> str:
        """Return all that is known, as one line."""
        seconds = now - self.start
        rate = self.pages / seconds if seconds else 0.0
        parts = [
            f"{self.over} of {self.documents} inputs, {self.pages} pages, {self.failed} failed, {rate:.1f} pages/s"
        ]
        if self.over:
            parts.append(f"{in_time(seconds / self.over * (self.documents - self.over))} left")
        if slow := self.slow(now):
            parts.append(f"slow: {slow}")
        return ", ".join(parts)

    def slow(self, now: float) -> str:
        """Return which page in work takes longest, and where it is, if that is long; else nothing."""
        running = self.batch.running if self.batch else None
        if running is None:
            return ""
        title, stage, since = min(running.job.at_work.copy().values(), key=lambda at: at[2], default=("", "", now))
        return f"{title} in {stage} for {now - since:.0f} s" if now - since >= SLOW else ""


class Lines(Going):
    """Writes a line now and then."""

    next_line = FIRST_LINE

    def __call__(self, done: Done) -> None:
        """Note a page, and tell where it is time to."""
        super().__call__(done)
        now = monotonic()
        if now - self.start >= self.next_line:
            from ocrpipe.cli.output import say

            say(self.in_words(now))
            self.next_line += min(now - self.start, LINES)


def in_time(seconds: float) -> str:
    """Return a time in words that are as exact as it can be foreseen.

    Examples
    --------
    >>> in_time(42), in_time(600), in_time(40_000)
    ('42 s', '10 min', '11.1 h')
    """
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


@contextmanager
def going(documents: int, quiet: bool) -> Iterator[Going]:
    """Yield who tells how a run goes on; of a single document nobody needs to be told."""
    if quiet or documents < 2:
        yield Going(documents)
    elif not sys.stderr.isatty():
        yield Lines(documents)
    else:
        with bar(documents) as shown:
            yield shown


@contextmanager
def bar(documents: int) -> Iterator[Going]:
    """Yield who moves a bar on a terminal; it goes when all is done."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task
    from rich.text import Text

    shown = Going(documents)

    class Words(ProgressColumn):
        def render(self, task: Task) -> Text:
            task.completed = shown.over
            return Text(shown.in_words(monotonic()), overflow="ellipsis", no_wrap=True)

    with Progress(Words(), BarColumn(20), console=Console(stderr=True), transient=True) as progress:
        progress.add_task("pages", total=documents)
        yield shown
