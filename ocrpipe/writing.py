"""Where results go and what their files are called; each piece that an exporter gives is guarded and checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ocrpipe.document import Document
from ocrpipe.errors import ConfigError, OcrpipeError, told
from ocrpipe.files import write_whole
from ocrpipe.host import ResultError, Worker
from ocrpipe.page import Page
from ocrpipe.work import GrayPage

SAVED = (".alto.xml", ".page.xml")
"""Endings of saved results that are more than a suffix."""

Image = Callable[[Page], GrayPage]
Trail = Callable[[Page], tuple[GrayPage | Page, ...]]


def export(exporter: Worker, pages: Iterator[Page], title: str, image: Image, trail: Trail) -> Iterator[bytes]:
    """Yield what an exporter writes, each piece guarded and checked.

    Raises
    ------
    StageError
        If it raises, or gives what is no bytes.
    """
    try:
        given = exporter.hook(pages=pages, image=image, trail=trail)
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


def write_file(path: Path, parts: Iterator[bytes], title: str, taken: Mapping[Path, str]) -> None:
    """Write a result's file, whole or not at all.

    Raises
    ------
    OcrpipeError
        If that would replace what `taken` knows to be there, an exporter fails, or the file cannot be written.
    """
    if holds := taken.get(path.resolve()):
        raise OcrpipeError(f"{title}: {path} is not written, for it holds {holds}: run it into a folder of its own")
    try:
        write_whole(path, parts)
    except OSError as error:
        raise OcrpipeError(f"{path}: cannot be written: {error.strerror or error}; choose another -o") from error


def page_path(folder: Path, document: Document, number: int, exporter: Worker, *, named: bool = False) -> Path:
    """Return the file for a page in a format that is one file a page.

    `named` says that the document may be a saved result of that page alone, whose name ends in its number already.
    """
    stem = stem_of(document)
    numbered = f"-p{number:04}" if number > 1 else ""
    if named and stem.endswith(numbered):
        numbered = ""
    return folder / f"{stem}{numbered}.{suffix_of(exporter)}"


def document_path(folder: Path, document: Document, exporter: Worker) -> Path:
    """Return the file for a document in a format that is one file for all its pages."""
    return folder / f"{stem_of(document)}.{suffix_of(exporter)}"


def per_document(exporter: Worker) -> bool:
    """Return whether a format is one file a document, not one a page."""
    per: Any = exporter.plugin.per  # type: ignore[attr-defined]  # the pipeline has checked that it is there
    return bool(per == "document")


def suffix_of(exporter: Worker) -> str:
    """Return the ending of a format's files, without its dot."""
    suffix: Any = exporter.plugin.suffix  # type: ignore[attr-defined]  # the pipeline has checked that it is there
    return str(suffix)


def joins(exporter: Worker) -> bool:
    """Return whether a format's results can stand one behind the other in one stream; not, where it does not say so."""
    return bool(getattr(exporter.plugin, "joins", False))


def stem_of(document: Document) -> str:
    """Return what a document's results are called, without an ending."""
    if document.path is None:
        return "stdin" if document.name == "-" else "image"
    name = document.path.name
    saved = next((ending for ending in SAVED if name.lower().endswith(ending)), "")
    return name[: -len(saved)] if saved and name.lower() != saved else document.path.stem


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
