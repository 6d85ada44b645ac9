"""What an `execute` plugin is given: tasks, and the one function that does them, in whatever process it is called.

A `Task` is a document, or a run of its pages. ``job.work(task)`` loads, passes the stages, and writes the formats that
are one file a page, for they need the pixels, which only this process has. What it yields, a `Done` a page, can be
pickled: the formats that are one file a document are written from it where all pages come together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from time import perf_counter
from typing import Any

from ocrpipe.call import Call
from ocrpipe.config import Choice, Value
from ocrpipe.document import Document, PageRanges
from ocrpipe.errors import NoPageError, OcrpipeError
from ocrpipe.host import Worker, asks, no_pages, run
from ocrpipe.one_file import read_all
from ocrpipe.page import Page
from ocrpipe.pipeline import Outcome, Pipeline
from ocrpipe.registry import Registry
from ocrpipe.runs.process import cores
from ocrpipe.work import GrayPage
from ocrpipe.writing import export, page_path, per_document, write_file

At = Callable[[Worker, str, int], None]
"""Is told who begins to work: the plugin, the page's title and number."""


@dataclass(frozen=True)
class Task:
    """Pages of one document that are to be read.

    Parameters
    ----------
    place
        The document's place among those of the run, from 0.
    document
        The document, with all pages that are wanted of it.
    skip
        Pages of it that need not be read again.
    numbers
        A run of its pages; None for all that are left.
    later
        Whether pages before these were read, so that it is no error if the document ends before them.
    """

    place: int
    document: Document
    skip: frozenset[int] = frozenset()
    numbers: tuple[int, ...] | None = None
    later: bool = False

    @property
    def asked(self) -> Document:
        """The document with no other pages than those of this task."""
        if self.numbers is not None:
            return replace(self.document, pages=self.numbers)
        return replace(self.document, pages=without(self.document.pages, self.skip)) if self.skip else self.document

    def all_numbers(self) -> Iterator[int]:
        """Yield the numbers of the pages of this task, rising; without end where the document's is not known."""
        ranges = ranges_of(self.document.pages) if self.numbers is None else ranges_of(self.numbers)
        before = 0
        for first, last in ranges:
            number = max(first, before + 1)
            while last is None or number <= last:
                if number not in self.skip:
                    yield number
                before, number = number, number + 1


Files = dict[str, int]
"""Names of files in the folder of results, and their sizes in bytes."""


@dataclass
class Known:
    """What is known of a document before a run.

    Parameters
    ----------
    key
        What the journal calls it; None for what is no file, of which it knows nothing.
    over
        Whether nothing of it needs to be read.
    skip
        Pages of it that are done.
    stale
        Files of an earlier run that this one must write anew or take away: of another input, or read by others.
    others
        Files of an earlier run that are as good as those of this one, in other formats perhaps.
    """

    key: bytes | None = None
    over: bool = False
    skip: frozenset[int] = frozenset()
    pages: int = 0
    stale: Files = field(default_factory=dict)
    others: Files = field(default_factory=dict)


@dataclass(frozen=True)
class Done:
    """What came of a page, or of a document that could not be opened; without an `outcome`, the end of a document.

    Parameters
    ----------
    place
        The document's place among those of the run.
    number
        The page's number.
    outcome
        The page, or why there is none.
    written
        The files that were written of it.
    faults
        Which files could not be written, and why.
    seconds
        How long it took.
    calls
        What observers are to be told, where they work in another process.
    kept
        Whether it was read in an earlier run.
    """

    place: int
    number: int = 0
    outcome: Outcome | None = None
    written: tuple[Path, ...] = ()
    faults: tuple[OcrpipeError, ...] = ()
    seconds: float = 0.0
    calls: tuple[Call, ...] = field(default=(), repr=False)
    kept: bool = False


@dataclass(frozen=True)
class Limits:
    """What a page may cost.

    Parameters
    ----------
    seconds
        Wall clock from its loading to its last file; its process is ended then. None for no limit.
    megabytes
        Memory that a worker process may hold, all in all. None for no limit.
    retries
        How often a page that failed in a stage is tried again.
    """

    seconds: float | None = None
    megabytes: float | None = None
    retries: int = 0

    @property
    def need_processes(self) -> bool:
        """Whether they can be kept only by ending a process."""
        return self.seconds is not None or self.megabytes is not None


@dataclass(frozen=True)
class Recipe:
    """All that another process needs to do the same work; it can be pickled.

    Parameters
    ----------
    name
        What the pipeline is called.
    chosen
        Each stage's plugins: names and options.
    plugins
        Files of plugins, as of ``--plugin``.
    folder
        Where results go; None for formats that the main process writes alone.
    taken
        Files in it that must not be replaced, and what they hold.
    limits
        What a page may cost.
    """

    name: str
    chosen: Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]
    plugins: tuple[str, ...]
    folder: Path | None
    taken: Mapping[Path, str]
    limits: Limits

    def build(self) -> Pipeline:
        """Return the pipeline, built anew; observers stay with the main process."""
        config = {
            stage: [
                Choice(Value(name, "run"), {k: Value(v, "run") for k, v in options.items()}) for name, options in all_
            ]
            for stage, all_ in self.chosen.items()
            if stage != "observe"
        }
        return Pipeline(config, Registry(read_all(self.plugins)), self.name)


class Job:
    """Everything that an `execute` plugin needs.

    Parameters
    ----------
    pipeline
        Built and checked, for this process.
    tasks
        What is to be done, in order; a whole document each.
    folder
        Where results go; None where the main process writes all of them.
    taken
        Files that must not be replaced, and what they hold.
    limits
        What a page may cost. Executors that cannot end a page say so by `StageError`, or have it refused.
    alone
        Whether the first run of pages is best done in this process: a document of one page needs no other.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        tasks: Iterable[Task] = (),
        folder: Path | None = None,
        taken: Mapping[Path, str] | None = None,
        limits: Limits | None = None,
        alone: bool = False,
    ) -> None:
        self.pipeline = pipeline
        self.tasks = iter(tasks)
        self.folder = folder
        self.taken = taken or {}
        self.limits = limits or Limits()
        self.alone = alone
        self.at_work: dict[int, tuple[str, str, float]] = {}
        exporters = pipeline.workers["export"]
        self.per_page = [one for one in exporters if folder is not None and not per_document(one)]
        elsewhere = [one for one in exporters if one not in self.per_page]
        self.sends_pixels = any(asks(one, "image") for one in elsewhere)
        self.sends_trail = any(asks(one, "trail") for one in elsewhere)

    @property
    def recipe(self) -> Recipe:
        """What another process needs to do the same work."""
        workers = self.pipeline.workers
        files = (entry.file for entry in self.pipeline.registry.given)
        return Recipe(
            self.pipeline.name,
            {
                stage: [(worker.name, worker.plugin.model_dump(mode="json")) for worker in workers[stage]]
                for stage in workers
            },
            tuple(dict.fromkeys(str(file) for file in files if file)),
            self.folder,
            self.taken,
            self.limits,
        )

    def work(self, task: Task, at: At | None = None) -> Iterator[Done]:
        """Do a task: yield what comes of each page, in order, and at last that the document is at its end.

        Parameters
        ----------
        task
            What is to be done.
        at
            Is told of each plugin before it is called.
        """
        at = at or untold
        numbers = task.all_numbers()
        number = next(numbers, 0)
        loaded = self.loaded(task)
        while True:
            at(self.pipeline.workers["load"][0], task.document.title, number)
            start = perf_counter()
            page = next(loaded, None)
            if page is None:
                break
            if isinstance(page, OcrpipeError):
                yield Done(task.place, number, Outcome(task.document.title, error=page), seconds=perf_counter() - start)
            else:
                number = page.source.page
                yield self.page_done(task, page, at, start)  # in a frame of its own: none of it outlives the page here
            page = None
            number = next((later for later in numbers if later > number), 0)
        yield Done(task.place)

    def loaded(self, task: Task) -> Iterator[GrayPage | OcrpipeError]:
        """Yield the pages of a task; where it goes on with a document, that this has ended is no error."""
        later = task.later or bool(task.skip)

        def watch(call: Call) -> None:
            if not (later and isinstance(call.error, NoPageError)):
                self.pipeline.watch(call)

        for page in self.pipeline.load(task.asked, watch):
            if not isinstance(page, NoPageError):
                yield page
            elif not later:
                yield no_pages(task.document) if task.numbers is not None else page

    def page_done(self, task: Task, loaded: GrayPage, at: At, start: float) -> Done:
        """Return what comes of a loaded page, after it was written in the formats that are one file a page."""
        number, title = loaded.source.page, loaded.source.name

        def step(worker: Worker, page: Any, watch: Callable[[Call], None], **more: Any) -> Any:
            at(worker, title, number)
            return run(worker, page, watch, **more)

        for _ in range(1 + self.limits.retries):
            outcome = self.pipeline.outcome(loaded, step)
            if outcome.error is None:
                break
        written, faults = self.write(task, outcome, at)
        return Done(task.place, number, outcome, written, faults, perf_counter() - start)

    def write(self, task: Task, outcome: Outcome, at: At) -> tuple[tuple[Path, ...], tuple[OcrpipeError, ...]]:
        """Write a page in the formats that are one file a page; return the files, and what went wrong."""
        page, written, faults = outcome.page, [], []
        if page is None or self.folder is None:
            return (), ()
        for exporter in self.per_page:
            at(exporter, page.source.name, page.source.page)
            path = page_path(self.folder, task.document, page.source.page, exporter)
            parts = export(
                exporter, iter([page]), page.source.name, lambda asked: self.pixels(outcome, asked), trail_of(outcome)
            )
            try:
                write_file(path, parts, page.source.name, self.taken if page.source.page > 1 else {})
                written.append(path)
            except OcrpipeError as error:
                faults.append(error)
        return tuple(written), tuple(faults)

    def pixels(self, outcome: Outcome, page: Page) -> GrayPage:
        """Return the pixels that a page was read from: those in hand, else loaded again and checked."""
        if outcome.loaded is not None and outcome.loaded.source == page.source:
            return outcome.loaded
        return self.pipeline.reload(page)

    def light(self, done: Done) -> Done:
        """Return what came of a page without what the main process does not need: pixels are heavy to send."""
        if done.outcome is None:
            return done
        outcome = done.outcome
        loaded = outcome.loaded if self.sends_pixels else None
        return replace(done, outcome=replace(outcome, loaded=loaded, trail=outcome.trail if self.sends_trail else ()))

    def in_processes(self, jobs: int, pages: int) -> Iterator[Done]:
        """Do all tasks in worker processes, and yield what comes of them in order.

        A page that hangs, ends its process or takes too much memory fails alone, and its process is replaced.

        Parameters
        ----------
        jobs
            How many processes at most, 0 for as many as this one may use cores; they are started when there is work.
        pages
            After how many pages a process is replaced by a new one.
        """
        from ocrpipe.runs.pool import Pool  # only here: a run in one process needs none of it

        yield from Pool(self, jobs or cores(), pages).run()


def untold(worker: Worker, title: str, number: int) -> None:
    """Tell nobody who begins to work."""


def trail_of(outcome: Outcome) -> Callable[[Page], tuple[GrayPage | Page, ...]]:
    """Return the function that gives an exporter the trail of the page in hand, and of no other."""
    return lambda page: outcome.trail if page is outcome.page else ()


def ranges_of(pages: PageRanges | tuple[int, ...] | None) -> list[tuple[int, int | None]]:
    """Return chosen pages as ranges in rising order; a last page of None means: to the end."""
    if pages is None:
        return [(1, None)]
    ranges = pages.ranges if isinstance(pages, PageRanges) else tuple((number, number) for number in pages)
    return sorted(ranges, key=lambda one: one[0])


def without(pages: PageRanges | tuple[int, ...] | None, skip: Iterable[int]) -> PageRanges:
    """Return chosen pages without some of them.

    Examples
    --------
    >>> str(without(None, {1, 2, 5}))
    '3-4, 6-'
    """
    left = ranges_of(pages)
    for number in sorted(skip):
        left = list(chain.from_iterable(parted(one, number) for one in left))
    return PageRanges(tuple(left))


def parted(one: tuple[int, int | None], number: int) -> list[tuple[int, int | None]]:
    """Return what is left of a range without a page."""
    first, last = one
    if number < first or (last is not None and number > last):
        return [one]
    below: list[tuple[int, int | None]] = [(first, number - 1)] if number > first else []
    above: list[tuple[int, int | None]] = [(number + 1, last)] if last is None or number < last else []
    return below + above
