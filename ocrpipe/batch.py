"""Many pages: inputs in, files or a stream out.

Files are written whole or not at all. Two inputs that would write one file are refused before any work.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from ocrpipe.document import Document
from ocrpipe.errors import Exit, InputError, OcrpipeError, StageError
from ocrpipe.host import Worker
from ocrpipe.page import Page
from ocrpipe.pipeline import Outcome, Pipeline
from ocrpipe.runs.claim import claimed
from ocrpipe.runs.job import Done
from ocrpipe.sharing import share
from ocrpipe.work import GrayPage
from ocrpipe.writing import (
    document_path,
    export,
    joins,
    make_folder,
    page_path,
    per_document,
    refuse_clashes,
    stem_of,
    suffix_of,
    write_file,
)

if TYPE_CHECKING:
    from ocrpipe.runs.running import Plan, Running

__all__ = ["Batch", "PageSource", "Tally", "joins", "make_folder", "stem_of", "suffix_of"]


class PageSource(Protocol):
    """Where pages come from: a pipeline that reads images, or results that were saved."""

    workers: dict[str, tuple[Worker, ...]]

    def read_all(self, thing: Any) -> Iterator[Outcome]:
        """Yield what comes of each page of a document."""

    def reload(self, page: Page) -> GrayPage:
        """Return the pixels that a page was read from, loaded again."""


@dataclass
class Tally:
    """What came of a run: pages read, pages failed, inputs that could not be opened, pages that were done before."""

    read: int = 0
    failed: int = 0
    unopened: int = 0
    kept: int = 0

    def count(self, outcome: Outcome) -> None:
        """Count one outcome."""
        if outcome.page is not None:
            self.read += 1
        elif isinstance(outcome.error, InputError):
            self.unopened += 1
        else:
            self.failed += 1

    @property
    def exit(self) -> Exit:
        """The exit code that says so."""
        if self.unopened and not (self.read or self.failed or self.kept):
            return Exit.NO_INPUT
        return Exit.SOME_FAILED if self.failed or self.unopened else Exit.OK


class Batch:
    """One run of a pipeline over several documents.

    Parameters
    ----------
    pipeline
        Where pages come from; its `export` stage says which formats are written.
    tell
        Called with each error as it comes.
    plan
        Who reads the pages, and whether it is remembered what is done; None to read them here, one after the other.
    """

    def __init__(self, pipeline: PageSource, tell: Callable[[OcrpipeError], None], plan: Plan | None = None) -> None:
        self.pipeline = pipeline
        self.tell = tell
        self.plan = plan
        self.running: Running | None = None
        self.tally = Tally()
        self.current: Outcome | None = None
        self.taken: dict[Path, str] = {}
        self.written: list[Path] = []
        self.errors: list[OcrpipeError] = []
        self.places: dict[int, int] = {}

    def to_stream(self, documents: Sequence[Document], stream: BinaryIO) -> Tally:
        """Write all documents to one stream, in the pipeline's only format.

        Raises
        ------
        BrokenPipeError
            If who reads the stream had enough, as in ``| head``.
        OcrpipeError
            If it cannot be written to.
        """
        (exporter,) = self.pipeline.workers["export"]
        with self.begun(documents):
            pages = chain.from_iterable(self.pages(document) for document in documents)
            if per_document(exporter):
                self.stream(exporter, pages, stream, "standard output")
                return self.tally
            for number, page in enumerate(pages):
                if number and not joins(exporter):
                    self.fail(OcrpipeError(f"{page.source.name}: a stream holds one {exporter.name}: say -o DIR"))
                    break
                self.stream(exporter, iter([page]), stream, page.source.name)
        return self.tally

    def begun(self, documents: Sequence[Document], folder: Path | None = None) -> ExitStack:
        """Begin a run as planned; the folder is this process's alone until the end."""
        self.places = {id(document): place for place, document in enumerate(documents)}
        stack = ExitStack()
        if self.plan is None:
            if folder is not None:
                stack.enter_context(claimed(folder))
            return stack
        from ocrpipe.runs.running import Running  # only here: who converts runs nothing

        assert isinstance(self.pipeline, Pipeline), "what was saved needs no plan to be read"
        self.running = Running(self.pipeline, self.plan, documents, folder)
        stack.enter_context(self.running.begun())
        return stack

    def stream(self, exporter: Worker, pages: Iterator[Page], stream: BinaryIO, title: str) -> None:
        """Write pages to a stream, each part at once, for someone may be waiting for it."""
        try:
            for part in export(exporter, pages, title, self.image, self.trail):
                stream.write(part)
                stream.flush()
        except StageError as error:
            self.fail(error)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OcrpipeError(f"standard output: cannot be written: {error.strerror or error}; free space") from error

    def to_folder(self, documents: Sequence[Document], folder: Path) -> Tally:
        """Write ``folder/<input's name>.<suffix>`` for each document and format.

        Raises
        ------
        ConfigError
            If two inputs would write one file, or one would be overwritten by its own result.
        """
        exporters = self.pipeline.workers["export"]
        refuse_clashes(documents, folder, exporters)
        make_folder(folder)
        self.taken = {document.path.resolve(): "an input" for document in documents if document.path}
        with self.begun(documents, folder):
            for document in documents:
                self.document_to_folder(document, folder, exporters)
        return self.tally

    def document_to_folder(self, document: Document, folder: Path, exporters: Sequence[Worker]) -> None:
        """Write one document in every format, while its pages pass once."""
        place = self.places[id(document)]
        if self.running is not None and self.running.known[place].over:
            self.tally.kept += self.running.known[place].pages
            return
        files, errors = len(self.written), len(self.errors)
        by_page = [exporter for exporter in exporters if not per_document(exporter)]
        by_document = [exporter for exporter in exporters if per_document(exporter)]
        passing = self.passing(document, folder, by_page)
        writers = [partial(self.write_document, exporter, document, folder) for exporter in by_document]
        if len(writers) == 1:
            writers[0](passing)
        else:
            share(passing, writers)
        deque(passing, maxlen=0)  # where a format stopped early, the other pages are still read
        if self.running is not None:
            self.running.finish(place, self.written[files:], self.errors[errors:])
            del self.written[files:], self.errors[errors:]  # the journal knows them: memory is not to grow with the run

    def write_document(self, exporter: Worker, document: Document, folder: Path, pages: Iterator[Page]) -> None:
        """Write a document's one file in a format."""
        self.write(exporter, pages, document_path(folder, document, exporter), document.title)

    def passing(self, document: Document, folder: Path, exporters: Sequence[Worker]) -> Iterator[Page]:
        """Yield a document's pages, each after it was written in the formats that are one file a page.

        In a run that was planned, who read a page has written it.
        """
        saved = not isinstance(self.pipeline, Pipeline)
        for place, page in enumerate(self.pages(document)):
            for exporter in exporters if self.running is None else ():
                path = page_path(folder, document, page.source.page, exporter, named=saved and not place)
                self.write(exporter, [page], path, page.source.name)
            yield page

    def write(self, exporter: Worker, pages: Iterable[Page], path: Path, title: str) -> None:
        """Write one file, whole or not at all; no file where no page was read."""
        iterator = iter(pages)
        first = next(iterator, None)
        if first is None:
            return
        parts = export(exporter, chain([first], iterator), title, self.image, self.trail)
        try:
            write_file(path, parts, title, self.taken)
        except OcrpipeError as error:
            self.errors.append(error)
            self.fail(error)
            return
        if self.running is None:  # who has looked at all names before
            self.taken[path.resolve()] = f"what was read from {title}"
        self.written.append(path)

    def pages(self, document: Document) -> Iterator[Page]:
        """Yield the pages of a document that could be read; tell of the others."""
        for done in self.done(document):
            outcome = done.outcome
            assert outcome is not None, "it is a page's"
            if done.kept:
                self.tally.kept += 1
            else:
                self.tally.count(outcome)
            for fault in done.faults:
                self.fail(fault)
            del done  # it holds the pixels, which go before the next page's come
            if outcome.page is None:
                self.tell(outcome.error or OcrpipeError(f"{outcome.title}: could not be read"))
                continue
            self.current = outcome
            yield outcome.page
            outcome = self.current = replace(outcome, trail=())  # dropped before the next page makes one

    def done(self, document: Document) -> Iterator[Done]:
        """Yield what comes of each page of a document."""
        if self.running is not None:
            yield from self.running.pages_of(self.places[id(document)])
            return
        for outcome in self.pipeline.read_all(document):
            yield Done(0, 0, outcome)
            del outcome

    def image(self, page: Page) -> GrayPage:
        """Return the pixels that `page` was read from: those in hand, else loaded again and checked."""
        if self.current and self.current.loaded and self.current.loaded.source == page.source:
            return self.current.loaded
        return self.pipeline.reload(page)

    def trail(self, page: Page) -> tuple[GrayPage | Page, ...]:
        """Return what each step made of `page`, if it is the one in hand; else nothing."""
        return self.current.trail if self.current and self.current.page is page else ()

    def refuse(self, error: InputError) -> None:
        """Count and tell of an input that cannot be opened."""
        self.tally.unopened += 1
        self.tell(error)

    def fail(self, error: OcrpipeError) -> None:
        """Count and tell of an error in writing."""
        self.tally.failed += 1
        self.tell(error)
