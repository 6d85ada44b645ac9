"""Truth and results on disk, matched by name, page by page."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from ocrpipe.errors import InputError
from ocrpipe.evaluate.sheet import Sheet
from ocrpipe.formats import read_results

SUFFIXES = (".json", ".jsonl", ".page.xml", ".alto.xml", ".xml", ".hocr", ".txt")
"""Endings of what can be compared, what knows most first: of two files of one name the first counts."""

PART = re.compile(r"-p(\d{4,})$")
"""What the name of a document's second and later pages ends in, where a format is one file a page."""

NO_TRUTH, NO_RESULT = "not in the truth", "no result"
"""What is said of a page that only one side has."""

PAGE_BREAK = "\f"
"""What parts the pages of a plain text."""


class Pair(NamedTuple):
    """One page to compare."""

    name: str
    truth: Sheet
    result: Sheet
    note: str = ""


@dataclass(frozen=True)
class Matches:
    """What is to be compared, by name: the files of the truth and of the result, each in the order of their pages.

    Parameters
    ----------
    files
        By the document's name.
    strays
        The results that have no truth.
    """

    files: dict[str, tuple[list[Path], list[Path]]]
    strays: tuple[str, ...] = ()

    def __iter__(self) -> Iterator[Pair]:
        """Yield the pages, each read no sooner than asked for."""
        for name, (truth, result) in self.files.items():
            both = zip_longest(sheets(truth), sheets(result))
            for number, (true, read) in enumerate(both, 1):
                title = name if number == 1 else f"{name}, page {number}"
                note = NO_RESULT if read is None else NO_TRUTH if true is None else ""
                yield Pair(title, true or Sheet(""), read or Sheet(""), note)


def match(truth: Path, result: Path) -> Matches:
    """Return which files belong together: two files, or those of the same name in two folders.

    Raises
    ------
    InputError
        If one is not there, or nothing matches.
    """
    if truth.is_file() and result.is_file():
        return Matches({truth.name: ([truth], [result])})
    true, read = documents(truth), documents(result)
    if not true:
        raise InputError(f"{truth}: holds no truth: files that end in {', '.join(SUFFIXES)}")
    both = true.keys() & read.keys()
    if not both:
        raise InputError(f"{result}: no file has the name of one in {truth}, such as {next(iter(true))}")
    if result.is_file():  # one result, though the truth of others lies beside its own
        true = {name: files for name, files in true.items() if name in both}
    strays = tuple(sorted(read.keys() - true.keys())) if truth.is_dir() else ()
    return Matches({name: (files, read.get(name, [])) for name, files in sorted(true.items())}, strays)


def documents(path: Path) -> dict[str, list[Path]]:
    """Return the files of each document in a folder, or of the one that a file belongs to, in the order of their pages.

    Raises
    ------
    InputError
        If there is no such file or folder.
    """
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError as error:
        raise InputError(f"{path}: cannot be opened: {error.strerror or error}") from error
    if not path.exists():
        raise InputError(f"{path}: there is no such file or folder")
    found: dict[str, dict[str, dict[int, Path]]] = defaultdict(lambda: defaultdict(dict))
    for file in files:
        suffix = suffix_of(file)
        if suffix and file.is_file():
            name = file.name[: -len(suffix)]
            part = PART.search(name)
            found[name[: part.start()] if part else name][suffix][int(part[1]) if part else 1] = file
    best = {name: by_suffix[min(by_suffix, key=SUFFIXES.index)] for name, by_suffix in found.items()}
    return {name: [pages[number] for number in sorted(pages)] for name, pages in best.items()}


def suffix_of(file: Path) -> str:
    """Return which of the known endings a file's name has, or an empty string."""
    return next((suffix for suffix in SUFFIXES if file.name.lower().endswith(suffix)), "")


def sheets(files: list[Path]) -> Iterator[Sheet]:
    """Yield the pages that some files hold.

    Raises
    ------
    InputError
        If one cannot be read, or holds something else.
    """
    for file in files:
        try:
            if file.suffix.lower() == ".txt":
                yield from (Sheet(text) for text in pages_of(file.read_text(encoding="utf-8-sig")))
            else:
                yield from map(Sheet.of, read_results(file))
        except OSError as error:
            raise InputError(f"{file}: cannot be opened: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise InputError(f"{file}: is no text in UTF-8: save it as such") from error


def pages_of(text: str) -> list[str]:
    """Return the pages of a plain text, which form feeds part; one at its end begins none."""
    return text.removesuffix(PAGE_BREAK).split(PAGE_BREAK)
