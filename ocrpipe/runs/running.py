"""A run: an executor does what the folder's journal does not know to be done, and the journal notes what came."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, OcrpipeError, told
from ocrpipe.host import ResultError, Worker
from ocrpipe.pipeline import Outcome, Pipeline
from ocrpipe.runs.claim import claimed
from ocrpipe.runs.job import Done, Job, Known, Limits, Task
from ocrpipe.writing import page_path, per_document, stem_of

if TYPE_CHECKING:
    from ocrpipe.runs.journal import Journal

ENOUGH = 20
"""Pages before a share of failures says something."""


class RunEnded(BaseException):
    """The whole run ends, for the `error`. It is no `Exception`, so no exporter takes it for a fault of its own."""

    def __init__(self, error: OcrpipeError) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True)
class Ceiling:
    """How many failed pages end a run: a number, or a share of all pages so far."""

    number: int | None = None
    share: float | None = None

    @classmethod
    def parse(cls, text: str) -> Ceiling:
        """Return what ``10`` or ``5%`` means.

        Raises
        ------
        ConfigError
            If it is neither.

        Examples
        --------
        >>> Ceiling.parse("5%").share
        0.05
        """
        found = re.fullmatch(r"\s*([0-9]{1,9}(?:\.[0-9]+)?)\s*(%?)\s*", text)
        if not found or ("." in found[1] and not found[2]) or (found[2] and float(found[1]) > 100):
            raise ConfigError(f"--max-failures {text}: say a number of pages such as 10, or a share such as 5%")
        return cls(share=float(found[1]) / 100) if found[2] else cls(number=int(found[1]))

    def is_passed(self, failed: int, pages: int) -> bool:
        """Return whether more pages have failed than may."""
        if self.number is not None:
            return failed > self.number
        return self.share is not None and pages >= ENOUGH and failed > self.share * pages

    def __str__(self) -> str:
        return f"{self.number}" if self.share is None else f"{100 * self.share:g}%"


def ignore(done: Done) -> None:
    """Watch nothing."""


@dataclass(frozen=True)
class Plan:
    """How a run is to be done.

    Parameters
    ----------
    executor
        The `execute` plugin.
    limits
        What a page may cost.
    alone
        Whether the first run of pages is best done in this process.
    redo
        Whether what was done before is to be done again.
    only_failed
        Whether only what failed before is to be done.
    ceiling
        How many failed pages end it; None for no number.
    watch
        Is told of each page that is done.
    """

    executor: Worker
    limits: Limits = field(default_factory=Limits)
    alone: bool = False
    redo: bool = False
    only_failed: bool = False
    ceiling: Ceiling | None = None
    watch: Callable[[Done], None] = ignore


class Running:
    """A run of a pipeline over documents. Their pages must be taken in order, one document after the other.

    Parameters
    ----------
    pipeline
        Reads them.
    plan
        How it is to be done.
    documents
        What is to be read.
    folder
        Where results go; None for a stream, of which nothing is remembered.
    """

    def __init__(
        self, pipeline: Pipeline, plan: Plan, documents: Sequence[Document], folder: Path | None = None
    ) -> None:
        self.pipeline, self.plan, self.documents, self.folder = pipeline, plan, documents, folder
        self.keeps = folder is not None and any(per_document(one) for one in pipeline.workers["export"])
        self.known: list[Known] = [Known() for _ in documents]
        self.failed = self.pages = 0
        self.mine: set[str] = set()
        self.journal: Journal | None = None
        self.job = Job(
            pipeline,
            self.tasks(),
            folder,
            taken_in(documents, folder, pipeline.workers["export"]),
            plan.limits,
            plan.alone,
        )
        self.done: Iterator[Done] = iter(())

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Claim the folder, look up what is done, and have the rest done while the pages are taken."""
        with ExitStack() as stack:
            if self.folder is not None:
                from ocrpipe.runs.journal import Journal, fingerprint  # only here: SQLite costs time to import

                stack.enter_context(claimed(self.folder))
                self.journal = Journal(self.folder)
                stack.callback(self.journal.close)
                self.known = self.journal.begin(
                    self.documents, fingerprint(self.pipeline), self.keeps, self.plan.redo, self.plan.only_failed
                )
            executing = execute(self.plan.executor, self.job)
            stack.enter_context(closing_of(executing))
            self.done = executing
            try:
                yield
            except RunEnded as ended:
                raise ended.error from ended.error.__cause__

    def tasks(self) -> Iterator[Task]:
        """Yield what is left to be done."""
        for place, (document, known) in enumerate(zip(self.documents, self.known, strict=True)):
            if not known.over:
                yield Task(place, document, known.skip)

    def pages_of(self, place: int) -> Iterator[Done]:
        """Yield what comes of each page of a document: those kept from an earlier run in their places."""
        known = self.known[place]
        if known.over:
            return
        kept = self.journal.kept(known) if self.journal else iter(())
        before = next(kept, None)
        for done in self.new_of(place):
            while before is not None and before[0] < done.number:
                yield Done(place, before[0], Outcome(before[1].source.name, page=before[1]), kept=True)
                before = next(kept, None)
            self.note(known, done)
            yield done
            del done  # its pixels go before the next page's come
        while before is not None:
            yield Done(place, before[0], Outcome(before[1].source.name, page=before[1]), kept=True)
            before = next(kept, None)

    def new_of(self, place: int) -> Iterator[Done]:
        """Yield what the executor gives of a document."""
        for done in self.done:
            if done.place != place:
                raise RunEnded(self.plan.executor.error("the run", "gave pages out of order"))
            if done.outcome is None:
                return
            yield done
            del done
        raise RunEnded(self.plan.executor.error("the run", "ended before all was done"))

    def note(self, known: Known, done: Done) -> None:
        """Note a page in the journal; end the run if too many have failed."""
        assert done.outcome is not None, "it is a page's"
        self.mine.update(path.name for path in done.written)
        if self.journal is not None and known.key is not None:
            self.journal.note(known.key, done, self.keeps)
        self.plan.watch(done)
        self.pages += 1
        self.failed += done.outcome.page is None
        ceiling = self.plan.ceiling
        if ceiling and ceiling.is_passed(self.failed, self.pages):
            raise RunEnded(
                OcrpipeError(
                    f"stopped: {self.failed} of {self.pages} pages failed, "
                    f"which is more than {ceiling} (--max-failures)"
                )
            )

    def finish(self, place: int, written: Sequence[Path], errors: Sequence[OcrpipeError]) -> None:
        """Note that all files of a document are written, or why they are not."""
        known = self.known[place]
        self.mine.update(path.name for path in written)
        if self.journal is not None and known.key is not None and not known.over:
            self.journal.finish(known, written, errors, self.mine)


@contextmanager
def closing_of(iterator: Iterator[Done]) -> Iterator[None]:
    """Close an iterator that can be closed, whatever happens."""
    try:
        yield
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()


def execute(executor: Worker, job: Job) -> Iterator[Done]:
    """Yield what an executor gives, each guarded and checked; what it raises ends the run."""
    try:
        given = executor.hook(job=job)
        with closing_of(given[-1] if given else iter(())):
            for done in given[-1] if given else [None]:
                if not isinstance(done, Done):
                    raise ResultError(f"gave {type(done).__name__}, but must give a Done")
                yield done
                del done
    except ResultError as error:
        raise RunEnded(executor.error("the run", str(error))) from error
    except OcrpipeError as error:
        raise RunEnded(error) from error
    except (Exception, SystemExit) as error:
        raise RunEnded(executor.error("the run", f"failed: {told(error)}")) from error


NUMBERED = re.compile(r".*-p[0-9]{4,}", re.DOTALL)
"""What a document's results are called if they could be taken for those of another's later page."""


def taken_in(documents: Sequence[Document], folder: Path | None, exporters: Sequence[Worker]) -> Mapping[Path, str]:
    """Return the files in a folder that no later page's result may replace, and what they hold.

    They are the inputs that lie there, and the results of documents that are called like another's later page. How many
    pages a document has is not known at the start, so this is looked at when such a page is written.
    """
    if folder is None:
        return {}
    inputs = [(document, document.path.resolve()) for document in documents if document.path]
    taken = {path: "an input" for _, path in inputs if path.parent == folder.resolve()}
    for document in (document for document, _ in inputs if NUMBERED.fullmatch(stem_of(document))):
        for exporter in exporters:
            taken[page_path(folder, document, 1, exporter).resolve()] = f"what is read from {document.title}"
    return taken
