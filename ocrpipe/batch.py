"""Many pages: inputs in, files or a stream out.

Files are written whole or not at all. Two inputs that would write one file are refused before any work.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, Exit, InputError, OcrpipeError, StageError, told
from ocrpipe.files import write_whole
from ocrpipe.host import ResultError, Worker, load
from ocrpipe.page import Page
from ocrpipe.pipeline import Outcome, Pipeline
from ocrpipe.work import GrayPage


@dataclass
class Tally:
    """What came of a run: pages read, pages failed, inputs that could not be opened."""

    read: int = 0
    failed: int = 0
    unopened: int = 0

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
        if self.unopened and not (self.read or self.failed):
            return Exit.NO_INPUT
        return Exit.SOME_FAILED if self.failed or self.unopened else Exit.OK


class Batch:
    """One run of a pipeline over several documents.

    Parameters
    ----------
    pipeline
        Its `export` stage says which formats are written.
    tell
        Called with each error as it comes.
    """

    def __init__(self, pipeline: Pipeline, tell: Callable[[OcrpipeError], None]) -> None:
        self.pipeline = pipeline
        self.tell = tell
        self.tally = Tally()
        self.current: Outcome | None = None
        self.taken: dict[Path, str] = {}

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
        pages = chain.from_iterable(self.pages(document) for document in documents)
        if per_document(exporter):
            self.stream(exporter, pages, stream, "standard output")
        else:
            for number, page in enumerate(pages):
                if number and is_picture(exporter):
                    self.fail(OcrpipeError(f"{page.source.name}: a stream holds one {exporter.name}: say -o DIR"))
                    break
                self.stream(exporter, iter([page]), stream, page.source.name)
        return self.tally

    def stream(self, exporter: Worker, pages: Iterator[Page], stream: BinaryIO, title: str) -> None:
        """Write pages to a stream, each part at once, for someone may be waiting for it."""
        try:
            for part in self.export(exporter, pages, title):
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
        for document in documents:
            self.document_to_folder(document, folder, exporters)
        return self.tally

    def document_to_folder(self, document: Document, folder: Path, exporters: Sequence[Worker]) -> None:
        """Write one document in every format, while its pages pass once."""
        by_page = [exporter for exporter in exporters if not per_document(exporter)]
        by_document = [exporter for exporter in exporters if per_document(exporter)]
        passing = self.passing(document, folder, by_page)
        pages = list(passing) if len(by_document) > 1 else passing  # several need them all, one takes them as they come
        for exporter in by_document:
            self.write(exporter, pages, folder / f"{stem_of(document)}.{suffix_of(exporter)}", document.title)
        deque(passing, maxlen=0)  # where a format stopped early, the other pages are still read

    def passing(self, document: Document, folder: Path, exporters: Sequence[Worker]) -> Iterator[Page]:
        """Yield a document's pages, each after it was written in the formats that are one file a page."""
        for page in self.pages(document):
            number = f"-p{page.source.page:04}" if page.source.page > 1 else ""
            for exporter in exporters:
                path = folder / f"{stem_of(document)}{number}.{suffix_of(exporter)}"
                self.write(exporter, [page], path, page.source.name)
            yield page

    def write(self, exporter: Worker, pages: Iterable[Page], path: Path, title: str) -> None:
        """Write one file, whole or not at all; no file where no page was read."""
        iterator = iter(pages)
        first = next(iterator, None)
        if first is None:
            return
        try:
            self.take(path, title)
            write_whole(path, self.export(exporter, chain([first], iterator), title))
        except OcrpipeError as error:
            self.fail(error)
        except OSError as error:
            self.fail(OcrpipeError(f"{path}: cannot be written: {error.strerror or error}; choose another -o"))

    def take(self, path: Path, title: str) -> None:
        """Note that `path` is written; raise OcrpipeError where that would replace an input or another result.

        Only the pages after a document's first can come to this, for their number was not known at the start.
        """
        if holds := self.taken.get(path.resolve()):
            raise OcrpipeError(f"{title}: {path} is not written, for it holds {holds}: run it into a folder of its own")
        self.taken[path.resolve()] = f"what was read from {title}"

    def pages(self, document: Document) -> Iterator[Page]:
        """Yield the pages of a document that could be read; tell of the others."""
        for outcome in self.pipeline.read_all(document):
            self.tally.count(outcome)
            if outcome.page is None:
                self.tell(outcome.error or OcrpipeError(f"{outcome.title}: could not be read"))
                continue
            self.current = outcome
            yield outcome.page

    def export(self, exporter: Worker, pages: Iterator[Page], title: str) -> Iterator[bytes]:
        """Yield what an exporter writes, each piece guarded and checked."""
        try:
            given = exporter.hook(pages=pages, image=self.image)
            for part in given[-1] if given else [None]:
                if not isinstance(part, bytes):
                    raise ResultError(f"gave {type(part).__name__}, but must give bytes")
                yield part
        except ResultError as error:
            raise exporter.error(title, str(error)) from error
        except OcrpipeError as error:
            raise exporter.error(title, f"failed: {error}") from error
        except (Exception, SystemExit) as error:
            raise exporter.error(title, f"failed: {told(error)}") from error

    def image(self, page: Page) -> GrayPage:
        """Return the pixels that `page` was read from: those in hand, else loaded again and checked."""
        if self.current and self.current.loaded and self.current.loaded.source == page.source:
            return self.current.loaded
        return reload(self.pipeline, page)

    def fail(self, error: OcrpipeError) -> None:
        """Count and tell of an error in writing."""
        self.tally.failed += 1
        self.tell(error)


def reload(pipeline: Pipeline, page: Page) -> GrayPage:
    """Load the pixels of a page again; observers are not told, for whom a page comes in once.

    Raises
    ------
    InputError
        If its file is gone or has changed, or the page never was in a file.
    """
    source = page.source
    if source.path in (None, "-"):
        raise InputError(f"{source.name}: its pixels are gone, for it was no file; draw it in the run that reads it")
    document = Document.of(source.path, pages=(source.page,))
    for outcome in load(pipeline.workers["load"], document, watch=lambda _: None):
        if isinstance(outcome, OcrpipeError):
            raise outcome
        if outcome.source.sha256 != source.sha256:
            raise InputError(f"{source.name}: the file has changed since it was read")
        return outcome
    raise InputError(f"{source.name}: the file has no such page any more")


def per_document(exporter: Worker) -> bool:
    """Return whether a format is one file a document, not one a page."""
    per: Any = exporter.plugin.per  # type: ignore[attr-defined]  # the pipeline has checked that it is there
    return bool(per == "document")


def suffix_of(exporter: Worker) -> str:
    """Return the ending of a format's files, without its dot."""
    suffix: Any = exporter.plugin.suffix  # type: ignore[attr-defined]  # the pipeline has checked that it is there
    return str(suffix)


def is_picture(exporter: Worker) -> bool:
    """Return whether a format's files cannot be written one behind the other."""
    return suffix_of(exporter).endswith(("png", "pdf"))


def stem_of(document: Document) -> str:
    """Return what a document's results are called, without an ending."""
    if document.path is None:
        return "stdin" if document.name == "-" else "image"
    return document.path.stem


def refuse_clashes(documents: Sequence[Document], folder: Path, exporters: Sequence[Worker]) -> None:
    """Raise ConfigError where two inputs, or two formats, would write one file, or a result would replace an input."""
    suffixes = [suffix_of(exporter) for exporter in exporters]
    for suffix in suffixes:
        if suffixes.count(suffix) > 1:
            raise ConfigError(f"two of the chosen formats write files that end in .{suffix}: choose one")
    inputs = {document.path.resolve() for document in documents if document.path}
    writers: dict[str, Document] = {}
    for document in documents:
        for suffix in suffixes:
            name = f"{stem_of(document)}.{suffix}"
            key = os.path.normcase(name)
            if key in writers:
                both = f"{writers[key].title} and {document.title}"
                raise ConfigError(f"{both} would both write {folder / name}: run them into two folders")
            writers[key] = document
            if (folder / name).resolve() in inputs:
                raise ConfigError(f"{folder / name} is an input and would be replaced: choose another folder with -o")


def make_folder(folder: Path, option: str = "-o") -> None:
    """Make a folder to write into, with all above it; `option` names it in errors.

    Raises
    ------
    ConfigError
        If it cannot be made, is no folder, or cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(f"{option} {folder}: cannot be made or is no folder: {error.strerror or error}") from error
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(f"{option} {folder}: cannot be written to: choose another folder")
